package io.apitwo.rules;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which paths a route takes, segment by segment: {@code /api/&#42;/items} has one segment of any
 * content, {@code /api/**} takes {@code /api}, {@code /api/} and all below. Anything else is
 * compared exactly, also a slash at the end. Matching allocates nothing.
 */
final class PathPattern {
  static final String EXPECTED =
      "a path such as /api/*/items or /api/**: segments of letters, digits and -._~!$&'()+,=:@"
          + " without percent-escapes, * for one whole segment, ** only as the last";

  private static final Pattern LITERAL = Pattern.compile("[A-Za-z0-9._~!$&'()+,=:@-]*");

  /** A star is null. */
  private final @Nullable String[] segments;

  private final boolean open;

  private PathPattern(@Nullable String[] segments, boolean open) {
    this.segments = segments;
    this.open = open;
  }

  /** Null for what is not a pattern. */
  static @Nullable PathPattern parse(String text) {
    if (!text.startsWith("/")) {
      return null;
    }
    boolean open = text.endsWith("/**");
    String fixed = open ? text.substring(0, text.length() - 3) : text;
    List<@Nullable String> segments = new ArrayList<>();
    if (!fixed.isEmpty()) {
      String[] parts = fixed.substring(1).split("/", -1);
      for (int i = 0; i < parts.length; i++) {
        boolean mayBeEmpty = i == parts.length - 1 && !open;
        if (!parts[i].equals("*") && !isLiteral(parts[i], mayBeEmpty)) {
          return null;
        }
        segments.add(parts[i].equals("*") ? null : parts[i]);
      }
    }
    return new PathPattern(segments.toArray(String[]::new), open);
  }

  private static boolean isLiteral(String part, boolean mayBeEmpty) {
    return LITERAL.matcher(part).matches()
        && (mayBeEmpty || !part.isEmpty())
        && !part.equals(".")
        && !part.equals("..");
  }

  boolean matches(String path) {
    int at = 0;
    for (String segment : segments) {
      if (at >= path.length() || path.charAt(at) != '/') {
        return false;
      }
      int slash = path.indexOf('/', at + 1);
      int end = slash < 0 ? path.length() : slash;
      int length = end - at - 1;
      boolean same =
          segment == null
              ? length > 0
              : length == segment.length() && path.startsWith(segment, at + 1);
      if (!same) {
        return false;
      }
      at = end;
    }
    return open || at == path.length();
  }
}
