package io.apitwo.rules;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which paths a route takes, segment by segment: {@code /api/&#42;/items} has one segment of any
 * content, {@code /api/{id}/items} one with a name, {@code /api/**} takes {@code /api}, {@code
 * /api/} and all below. Anything else is compared exactly, also a slash at the end. Matching
 * allocates nothing.
 */
final class PathPattern {
  static final String EXPECTED =
      "a path such as /api/*/items or /api/**: segments of letters, digits and -._~!$&'()+,=:@"
          + " without percent-escapes, * or a {NAME} of its own for one whole segment, ** only as the last";

  private static final Pattern LITERAL = Pattern.compile("[A-Za-z0-9._~!$&'()+,=:@-]*");

  private static final Pattern NAMED = Pattern.compile("\\{([A-Za-z0-9][A-Za-z0-9_-]{0,62})}");

  /** One of any content is null. */
  private final @Nullable String[] segments;

  /** What each of them is called; most have no name. */
  private final @Nullable String[] names;

  private final boolean open;

  private PathPattern(@Nullable String[] segments, @Nullable String[] names, boolean open) {
    this.segments = segments;
    this.names = names;
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
    List<@Nullable String> names = new ArrayList<>();
    if (!fixed.isEmpty()) {
      String[] parts = fixed.substring(1).split("/", -1);
      for (int i = 0; i < parts.length; i++) {
        boolean mayBeEmpty = i == parts.length - 1 && !open;
        Matcher named = NAMED.matcher(parts[i]);
        boolean any = parts[i].equals("*") || named.matches();
        String name = named.matches() ? named.group(1) : null;
        if ((!any && !isLiteral(parts[i], mayBeEmpty)) || (name != null && names.contains(name))) {
          return null;
        }
        segments.add(any ? null : parts[i]);
        names.add(name);
      }
    }
    return new PathPattern(segments.toArray(String[]::new), names.toArray(String[]::new), open);
  }

  private static boolean isLiteral(String part, boolean mayBeEmpty) {
    return LITERAL.matcher(part).matches()
        && (mayBeEmpty || !part.isEmpty())
        && !part.equals(".")
        && !part.equals("..");
  }

  /** Whether it takes one path alone. */
  boolean isLiteral() {
    return !open && Arrays.stream(segments).allMatch(segment -> segment != null);
  }

  /** Whether a segment has that name. */
  boolean hasParameter(String name) {
    return Arrays.asList(names).contains(name);
  }

  /**
   * What stands in a path where a segment has that name; null without one.
   *
   * @param path that matches
   */
  @Nullable String parameter(String path, String name) {
    int at = 0;
    for (String each : names) {
      int slash = path.indexOf('/', at + 1);
      int end = slash < 0 ? path.length() : slash;
      if (name.equals(each)) {
        return path.substring(at + 1, end);
      }
      at = end;
    }
    return null;
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
