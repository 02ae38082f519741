package io.apitwo.proxy;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Where a request wants to go, in one canonical form: what routes are matched against and what is
 * forwarded are the same path, so that no spelling reaches the upstream past its limits.
 *
 * @param host in lower case, without a port; empty for an HTTP/1.0 request without one
 * @param authority host and port as the client wrote them; empty as above
 * @param path canonical: what is forwarded
 * @param matchPath the path without path parameters: what routes are matched against
 * @param query as it came, without the question mark; null without one
 */
record RequestTarget(
    String host, String authority, String path, String matchPath, @Nullable String query) {
  /** What RFC 3986 allows in a path as it is, besides letters and digits. */
  private static final String PATH_CHARACTERS = "-._~!$&'()*+,;=:@/";

  private static final String UNRESERVED_MARKS = "-._~";
  private static final Pattern AUTHORITY =
      Pattern.compile("([A-Za-z0-9._~-]+|\\[[0-9A-Fa-f:.]+])(:\\d{1,5})?");

  /**
   * A target that is refused; the message is for tests and logs, and holds nothing of the client's.
   */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1L;

    Malformed(String reason) {
      super(reason, null, false, false);
    }
  }

  /**
   * @param uri the request target as it came
   * @param hosts the values of all {@code Host} headers
   * @param mayLackHost whether the request is HTTP/1.0
   */
  static RequestTarget of(String uri, List<String> hosts, boolean mayLackHost) throws Malformed {
    if (hosts.size() > 1 || (hosts.isEmpty() && !mayLackHost)) {
      throw new Malformed("not one host");
    }
    String authority = hosts.isEmpty() ? "" : hosts.get(0);
    String origin = uri;
    int scheme = schemeLength(uri);
    if (scheme > 0) {
      int slash = indexOfAny(uri, scheme);
      authority = uri.substring(scheme, slash);
      origin = uri.startsWith("/", slash) ? uri.substring(slash) : "/" + uri.substring(slash);
    }
    String host = host(authority, hosts.isEmpty() && scheme == 0);
    if (!origin.startsWith("/")) {
      throw new Malformed("not an origin form");
    }
    int question = origin.indexOf('?');
    String query = question < 0 ? null : checkedQuery(origin.substring(question + 1));
    String raw = question < 0 ? origin : origin.substring(0, question);
    String path = isCanonical(raw) ? raw : canonical(raw);
    return new RequestTarget(host, authority, path, withoutParameters(path), query);
  }

  /** What the upstream is asked for. */
  String uri() {
    return query == null ? path : path + "?" + query;
  }

  private static int schemeLength(String uri) {
    return uri.regionMatches(true, 0, "http://", 0, 7)
        ? 7
        : uri.regionMatches(true, 0, "https://", 0, 8) ? 8 : 0;
  }

  /** Where an absolute form's authority ends. */
  private static int indexOfAny(String uri, int from) {
    int i = from;
    while (i < uri.length() && uri.charAt(i) != '/' && uri.charAt(i) != '?') {
      i++;
    }
    return i;
  }

  private static String host(String authority, boolean mayBeEmpty) throws Malformed {
    if (authority.isEmpty() && mayBeEmpty) {
      return "";
    }
    if (!AUTHORITY.matcher(authority).matches() || authority.length() > 260) {
      throw new Malformed("host");
    }
    int colon = authority.lastIndexOf(':');
    boolean hasPort = colon > authority.lastIndexOf(']');
    if (hasPort && Integer.parseInt(authority.substring(colon + 1)) > 65_535) {
      throw new Malformed("port");
    }
    return (hasPort ? authority.substring(0, colon) : authority).toLowerCase(Locale.ROOT);
  }

  private static String checkedQuery(String query) throws Malformed {
    for (int i = 0; i < query.length(); i++) {
      char c = query.charAt(i);
      if (c <= 0x20 || c >= 0x7f || c == '#') {
        throw new Malformed("query");
      }
    }
    return query;
  }

  /** Whether nothing in the path could have another spelling: the case of nearly every request. */
  private static boolean isCanonical(String path) {
    char before = 0;
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      boolean plain = isLetterOrDigit(c) || c == '-' || c == '_' || c == '~' || c == '/';
      boolean dotInside = c == '.' && before != '/';
      if (!(plain || dotInside) || (c == '/' && before == '/')) {
        return false;
      }
      before = c;
    }
    return true;
  }

  private static String canonical(String raw) throws Malformed {
    String decoded = withOneSpelling(raw);
    Deque<String> kept = new ArrayDeque<>();
    String[] segments = decoded.substring(1).split("/", -1);
    boolean folder = false;
    for (String segment : segments) {
      String bare = bare(segment);
      folder = bare.isEmpty() && segment.isEmpty() || bare.equals(".") || bare.equals("..");
      if (folder && !segment.equals(bare)) {
        throw new Malformed("dot segment with parameters");
      }
      if (bare.equals("..")) {
        if (kept.pollLast() == null) {
          throw new Malformed("above the root");
        }
      } else if (!folder) {
        kept.addLast(segment);
      }
    }
    String path = "/" + String.join("/", kept);
    return folder && !kept.isEmpty() ? path + "/" : path;
  }

  /**
   * Escapes decoded where they need not be, in upper case where they must; raw oddities escaped.
   */
  private static String withOneSpelling(String raw) throws Malformed {
    StringBuilder text = new StringBuilder(raw.length() + 8);
    for (int i = 0; i < raw.length(); i++) {
      char c = raw.charAt(i);
      if (c == '%') {
        appendEscape(text, escaped(raw, i));
        i += 2;
      } else if (c <= 0x20 || c >= 0x7f || c == '#' || c == '\\') {
        throw new Malformed("character in path");
      } else if (isLetterOrDigit(c) || PATH_CHARACTERS.indexOf(c) >= 0) {
        text.append(c);
      } else {
        appendEscape(text, c);
      }
    }
    return text.toString();
  }

  private static int escaped(String raw, int percent) throws Malformed {
    int high = percent + 2 < raw.length() ? Character.digit(raw.charAt(percent + 1), 16) : -1;
    int low = percent + 2 < raw.length() ? Character.digit(raw.charAt(percent + 2), 16) : -1;
    int value = high * 16 + low;
    if (high < 0 || low < 0 || value < 0x20 || value == 0x7f || value == '/' || value == '\\') {
      throw new Malformed("escape in path");
    }
    return value;
  }

  private static void appendEscape(StringBuilder text, int value) {
    char c = (char) value;
    if (isLetterOrDigit(c) || UNRESERVED_MARKS.indexOf(c) >= 0) {
      text.append(c);
    } else {
      text.append('%').append(String.format("%02X", value));
    }
  }

  private static boolean isLetterOrDigit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  }

  /** A segment without its parameters, which begin at a semicolon, escaped or not. */
  private static String bare(String segment) {
    int semicolon = segment.indexOf(';');
    int escaped = segment.indexOf("%3B");
    int cut = semicolon < 0 ? escaped : escaped < 0 ? semicolon : Math.min(semicolon, escaped);
    return cut < 0 ? segment : segment.substring(0, cut);
  }

  private static String withoutParameters(String path) {
    if (path.indexOf(';') < 0 && !path.contains("%3B")) {
      return path;
    }
    StringBuilder bare = new StringBuilder(path.length());
    for (String segment : path.substring(1).split("/", -1)) {
      bare.append('/').append(bare(segment));
    }
    return bare.toString();
  }
}
