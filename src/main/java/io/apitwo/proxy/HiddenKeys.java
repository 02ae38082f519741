package io.apitwo.proxy;

import io.apitwo.rules.ApiKeyPlaces;
import io.netty.util.AsciiString;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Keeps API keys out of what is forwarded and out of what is logged.
 *
 * @param places where they stand
 */
record HiddenKeys(ApiKeyPlaces places) {
  static final HiddenKeys NONE = new HiddenKeys(ApiKeyPlaces.NONE);

  private static final String MASK = "***";

  /** Whether a header, in any case, is not for upstreams. */
  boolean isHeader(CharSequence name) {
    for (String header : places.headers()) {
      if (AsciiString.contentEqualsIgnoreCase(name, header)) {
        return true;
      }
    }
    return false;
  }

  /** A target without the parameters that carry keys; the rest as it was. */
  String forwarded(String target) {
    return places.parameters().isEmpty() ? target : rewritten(target, false);
  }

  /** A target as it may be logged, whatever it looks like. */
  String masked(String target) {
    return places.parameters().isEmpty() ? target : rewritten(target, true);
  }

  private String rewritten(String target, boolean masked) {
    int mark = target.indexOf('?');
    if (mark < 0) {
      return target;
    }
    StringBuilder to = new StringBuilder(target.length());
    to.append(target, 0, mark);
    char before = '?';
    for (String field : target.substring(mark + 1).split("&", -1)) {
      String name = name(field);
      boolean hidden = name != null && places.parameters().contains(name);
      if (!hidden || masked) {
        int equals = field.indexOf('=');
        to.append(before)
            .append(hidden && equals >= 0 ? field.substring(0, equals + 1) + MASK : field);
        before = '&';
      }
    }
    return to.toString();
  }

  private static @Nullable String name(String field) {
    int equals = field.indexOf('=');
    String name = equals < 0 ? field : field.substring(0, equals);
    try {
      return URLDecoder.decode(name, StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return null; // no name that anybody could read
    }
  }
}
