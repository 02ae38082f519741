package io.apitwo.rules;

import io.apitwo.rules.Told.Headers;
import io.apitwo.rules.Told.Refusal;
import java.time.Duration;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads what clients are told about a limit. */
final class ToldReader {
  private static final Duration MOST_JITTER = Duration.ofHours(1);
  private static final int MOST_BODY = 8_192;
  private static final String A_BODY = "a text of at most " + MOST_BODY + " characters";
  private static final String A_TYPE = "a media type such as text/plain; charset=utf-8";
  private static final Pattern TYPE =
      Pattern.compile(
          "[A-Za-z0-9.+-]{1,64}/[A-Za-z0-9.+-]{1,64}( *; *[A-Za-z0-9.+-]+=[A-Za-z0-9.+-]+)*");

  private ToldReader() {}

  static Told read(Fields limit) {
    Duration jitter =
        limit.at("retryAfterJitter").duration(Duration.ZERO, MOST_JITTER, Duration.ZERO);
    Fields headers = limit.section("headers");
    boolean ietf = headers.at("ietf").flag(true);
    boolean xRateLimit = headers.at("xRateLimit").flag(false);
    headers.end();
    Fields refusal = limit.section("refusal");
    int status = (int) refusal.at("status").integer(400, 599, 429);
    String body =
        refusal.at("body").lines(text -> text.length() <= MOST_BODY ? text : null, A_BODY);
    String type = refusal.at("contentType").text(ToldReader::type, A_TYPE);
    refusal.end();
    return new Told(
        new Headers(ietf, xRateLimit),
        jitter,
        new Refusal(status, body, type == null ? "application/json" : type));
  }

  private static @Nullable String type(String text) {
    return TYPE.matcher(text).matches() ? text : null;
  }
}
