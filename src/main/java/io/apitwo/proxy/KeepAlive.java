package io.apitwo.proxy;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What servers say of the connections that they keep. */
final class KeepAlive {
  private static final Pattern TIMEOUT =
      Pattern.compile("(?:^|,)\\s*timeout=([0-9]{1,6})(?![0-9])", Pattern.CASE_INSENSITIVE);

  private KeepAlive() {}

  /**
   * How long an idle connection may be used, in nanoseconds: for a second less than its server says
   * that it keeps it, since a request that meets the end of its connection is lost.
   *
   * @param said a {@code Keep-Alive} header
   * @param otherwise where it names no time
   */
  static long nanos(String said, long otherwise) {
    Matcher seconds = TIMEOUT.matcher(said);
    return seconds.find()
        ? Math.max(0, Long.parseLong(seconds.group(1)) - 1) * 1_000_000_000L
        : otherwise;
  }
}
