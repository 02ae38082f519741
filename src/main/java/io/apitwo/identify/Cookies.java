package io.apitwo.identify;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads Cookie headers (RFC 6265 section 4.2.1). */
final class Cookies {
  private Cookies() {}

  /** The value of a cookie that is there just once; null for any other. */
  static @Nullable String only(List<String> lines, String name) {
    String value = null;
    for (String line : lines) {
      int start = 0;
      while (start <= line.length()) {
        int semicolon = line.indexOf(';', start);
        int end = semicolon < 0 ? line.length() : semicolon;
        String pair = line.substring(start, end); // so that nothing is looked for beyond its end
        int equals = pair.indexOf('=');
        if (equals >= 0 && pair.substring(0, equals).strip().equals(name)) {
          if (value != null) {
            return null;
          }
          value = pair.substring(equals + 1).strip();
        }
        start = end + 1;
      }
    }
    return value;
  }
}
