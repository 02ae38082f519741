package io.apitwo.rules;

import io.apitwo.limit.Quota;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A rate as documents write it: {@code 10/s}, {@code 600/minute}.
 *
 * @param tokens how many come in a period, 1 to {@value Quota#MOST}
 * @param periodMicros the period in microseconds
 */
record Rate(long tokens, long periodMicros) {
  static final String EXPECTED =
      "a rate such as 10/s, 600/m, 1000/h or 5000/d: an integer from 1 to "
          + Quota.MOST
          + " and a unit";

  private static final Pattern RATE =
      Pattern.compile("([1-9][0-9]{0,14})/(s|m|h|d|second|minute|hour|day)");

  private static final Map<Character, Long> SECONDS =
      Map.of('s', 1L, 'm', 60L, 'h', 3_600L, 'd', 86_400L);

  static @Nullable Rate parse(String text) {
    Matcher matcher = RATE.matcher(text);
    return matcher.matches()
        ? new Rate(
            Long.parseLong(matcher.group(1)), SECONDS.get(matcher.group(2).charAt(0)) * 1_000_000)
        : null;
  }
}
