package io.apitwo.proxy;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Instants as headers say them: an IMF-fixdate (RFC 9110, 5.6.7), whose day has two digits. */
final class HttpDate {
  private static final DateTimeFormatter FORM =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
          .withZone(ZoneOffset.UTC);

  private HttpDate() {}

  /** Without the part of a second. */
  static String of(Instant instant) {
    return FORM.format(instant);
  }
}
