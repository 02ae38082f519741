package io.apitwo.identify;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads queries and forms: {@code application/x-www-form-urlencoded}. */
final class FormFields {
  private FormFields() {}

  /** The decoded value of a field that is there just once; null for any other. */
  static @Nullable String only(@Nullable String fields, String name) {
    String value = null;
    int start = 0;
    while (fields != null && start <= fields.length()) {
      int and = fields.indexOf('&', start);
      int end = and < 0 ? fields.length() : and;
      String field = fields.substring(start, end); // so that nothing is looked for beyond its end
      int equals = field.indexOf('=');
      if (name.equals(decoded(equals < 0 ? field : field.substring(0, equals)))) {
        if (value != null) {
          return null;
        }
        value = equals < 0 ? "" : decoded(field.substring(equals + 1));
        if (value == null) {
          return null;
        }
      }
      start = end + 1;
    }
    return value;
  }

  /** Null for what is no such text. */
  private static @Nullable String decoded(String text) {
    if (text.indexOf('%') < 0 && text.indexOf('+') < 0) {
      return text;
    }
    try {
      return URLDecoder.decode(text, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
