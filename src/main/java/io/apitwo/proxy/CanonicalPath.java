package io.apitwo.proxy;

/**
 * Brings the path of a request into the one spelling that all programs read alike (RFC 3986 section
 * 6.2.2, and stricter): nothing unreserved is escaped, everything that is not allowed in a path is,
 * with upper-case hex; no empty segment but the last; no dot segments.
 *
 * <p>Refused is what programs disagree about: escaped backslashes, control characters, overlong
 * UTF-8 (which some decode to a slash), {@code ..;x}, dot segments beside escaped slashes, and
 * climbing above the root. Escaped slashes stay, for routes to take or to refuse.
 */
final class CanonicalPath {
  private static final String SEMICOLON = "%3B";
  private static final String SLASH = "%2F";
  private static final char[] HEX = "0123456789ABCDEF".toCharArray();

  /** RFC 3986 section 2.3. */
  private static final boolean[] UNRESERVED = new boolean[128];

  /** What a path holds as it is: the unreserved, the sub-delimiters, and {@code : @ /}. */
  private static final boolean[] PLAIN = new boolean[128];

  static {
    for (char c = 0; c < 128; c++) {
      boolean letter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
      UNRESERVED[c] = letter || "-._~".indexOf(c) >= 0;
      PLAIN[c] = UNRESERVED[c] || "!$&'()*+,;=:@/".indexOf(c) >= 0;
    }
  }

  private CanonicalPath() {}

  /**
   * The canonical spelling; the same string when it is canonical already, as most are.
   *
   * @param raw starts with a slash and has no query
   */
  static String of(String raw) throws BadTargetException {
    return isCanonical(raw) ? raw : resolve(unescape(raw));
  }

  /** One scan; false also for some rare canonical paths. */
  private static boolean isCanonical(String raw) {
    char before = ' ';
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (c >= 128 || !PLAIN[c] || (before == '/' && (c == '/' || c == '.'))) {
        return false;
      }
      before = c;
    }
    return true;
  }

  private static String unescape(String raw) throws BadTargetException {
    StringBuilder out = new StringBuilder(raw.length() + 16);
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (c == '%') {
        int value = escaped(raw, i);
        if (value < 0x20 || value == 0x7f || value == '\\') {
          throw new BadTargetException("path: escaped backslash or control character");
        }
        if (isOverlong(value, escapedOrNone(raw, i + 3))) {
          throw new BadTargetException("path: overlong UTF-8");
        }
        append(out, value, value < 128 && UNRESERVED[value]);
        i += 2;
      } else if (c <= ' ' || c >= 0x7f || c == '#' || c == '\\') {
        throw new BadTargetException("path: forbidden character");
      } else {
        append(out, c, PLAIN[c]);
      }
    }
    return out.toString();
  }

  private static void append(StringBuilder out, int value, boolean plain) {
    if (plain) {
      out.append((char) value);
    } else {
      out.append('%').append(HEX[value >> 4]).append(HEX[value & 0xf]);
    }
  }

  private static int escaped(String raw, int percent) throws BadTargetException {
    int value = escapedOrNone(raw, percent);
    if (value < 0) {
      throw new BadTargetException("path: malformed percent-escape");
    }
    return value;
  }

  /** The value of the escape at that place, or -1. */
  private static int escapedOrNone(String raw, int percent) {
    if (percent + 2 >= raw.length() || raw.charAt(percent) != '%') {
      return -1;
    }
    char high = raw.charAt(percent + 1);
    char low = raw.charAt(percent + 2);
    if (high >= 128 || low >= 128) {
      return -1; // Character.digit takes the digits of all scripts
    }
    int value = Character.digit(high, 16) << 4 | Character.digit(low, 16);
    return value < 0 ? -1 : value;
  }

  /** Whether UTF-8 that starts so spells a character in more bytes than it needs (RFC 3629). */
  private static boolean isOverlong(int lead, int next) {
    return lead == 0xc0
        || lead == 0xc1
        || lead == 0xe0 && next >= 0x80 && next < 0xa0
        || lead == 0xf0 && next >= 0x80 && next < 0x90;
  }

  /** Merges slashes, then removes dot segments. */
  private static String resolve(String path) throws BadTargetException {
    StringBuilder out = new StringBuilder(path.length());
    int start = 1;
    while (start <= path.length()) {
      int end = endOfSegment(path, start);
      int cut = endOfName(path, start, end);
      int dots = isDots(path, start, cut) ? cut - start : 0;
      if (dots == 0 && hasHiddenDots(path, start, end)) {
        throw new BadTargetException("path: dot segment beside an escaped slash");
      }
      if (dots > 0 && cut < end) {
        throw new BadTargetException("path: dot segment with a parameter");
      }
      if (dots == 2) {
        if (out.length() == 0) {
          throw new BadTargetException("path: above the root");
        }
        out.setLength(out.lastIndexOf("/"));
      }
      if (dots == 0 && start < end) {
        out.append('/').append(path, start, end);
      } else if (end == path.length()) {
        out.append('/');
      }
      start = end + 1;
    }
    return out.toString();
  }

  /**
   * What routes are matched against: without the parameters of the segments ({@code ;x} and {@code
   * %3Bx}), which servers such as Servlet containers ignore.
   *
   * @param path canonical; the same string comes back when it has no parameters
   */
  static String withoutParameters(String path) {
    if (path.indexOf(';') < 0 && !path.contains(SEMICOLON)) {
      return path;
    }
    StringBuilder out = new StringBuilder(path.length());
    int start = 1;
    while (start <= path.length()) {
      int end = endOfSegment(path, start);
      int cut = endOfName(path, start, end);
      if (start < cut) {
        out.append('/').append(path, start, cut);
      } else if (end == path.length()) {
        out.append('/');
      }
      start = end + 1;
    }
    return out.toString();
  }

  private static int endOfSegment(String path, int start) {
    int slash = path.indexOf('/', start);
    return slash < 0 ? path.length() : slash;
  }

  private static int endOfName(String path, int start, int end) {
    for (int i = start; i < end; i++) {
      char c = path.charAt(i);
      if (c == ';' || (c == '%' && path.startsWith(SEMICOLON, i))) {
        return i;
      }
    }
    return end;
  }

  /**
   * Whether a segment, its parameters included, has escaped slashes, which some decode, with a dot
   * segment between them.
   */
  private static boolean hasHiddenDots(String path, int start, int end) {
    int from = start;
    int slash = path.indexOf(SLASH, start);
    while (slash >= 0 && slash < end) {
      if (isDots(path, from, endOfName(path, from, slash))) {
        return true;
      }
      from = slash + SLASH.length();
      slash = path.indexOf(SLASH, from);
    }
    return from > start && isDots(path, from, endOfName(path, from, end));
  }

  /** Whether a path has a slash that is escaped. @param path canonical */
  static boolean hasEscapedSlash(String path) {
    return path.indexOf('%') >= 0 && path.contains(SLASH);
  }

  private static boolean isDots(String path, int start, int end) {
    return (end - start == 1 && path.charAt(start) == '.')
        || (end - start == 2 && path.startsWith("..", start));
  }
}
