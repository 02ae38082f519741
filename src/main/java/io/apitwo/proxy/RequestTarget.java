package io.apitwo.proxy;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a request asks for, in one canonical form that is both matched and forwarded, so that no
 * spelling reaches an upstream past its limits. For example, {@code GET //api/./%75sers;v=1?q=%41}
 * for {@code Example.com:80} is forwarded as {@code /api/users;v=1?q=%41} and matched as {@code
 * /api/users} of {@code example.com}.
 */
sealed interface RequestTarget {
  /** In characters; of the raw target and of the canonical one. */
  int MAX_LENGTH = 8192;

  /**
   * A target that names one resource.
   *
   * @param host in lower case, without a port; IPv6 in brackets; empty for HTTP/1.0 without Host
   * @param authority host and port as the client wrote them; empty like the host
   * @param path canonical
   * @param matchPath the path without path parameters, for the routes
   * @param query as the client wrote it; null without a question mark
   * @param uri path and query: what is forwarded
   */
  record Accepted(
      String host,
      String authority,
      String path,
      String matchPath,
      @Nullable String query,
      String uri)
      implements RequestTarget {
    /** Whether some segment has parameters, as {@code ;x}. */
    boolean hasParameters() {
      return !path.equals(matchPath);
    }

    /** Whether some segment has a slash that is escaped. */
    boolean hasEscapedSlash() {
      return CanonicalPath.hasEscapedSlash(path);
    }
  }

  /**
   * A target that is answered 400.
   *
   * @param reason short, and without text of the client
   */
  record Refused(String reason) implements RequestTarget {}

  /**
   * Reads the target of a request: a path, an http or https URL (whose host counts instead of the
   * Host header), or {@code *} of OPTIONS, which is taken for the root. Never throws.
   *
   * @param hosts the values of all Host headers, or the {@code :authority} of HTTP/2
   */
  static RequestTarget of(
      String method, String target, @Nullable List<String> hosts, boolean isHttp10) {
    try {
      return accept(method, target, Authority.ofHosts(hosts, isHttp10));
    } catch (BadTargetException e) {
      return new Refused(e.reason());
    }
  }

  private static Accepted accept(String method, String target, Authority host)
      throws BadTargetException {
    if (target.length() > MAX_LENGTH) {
      throw new BadTargetException("target: too long");
    }
    if (target.startsWith("/")) {
      return canonical(host, target);
    }
    if (target.equals("*") && method.equals("OPTIONS")) {
      return canonical(host, "/");
    }
    int start = endOfScheme(target);
    if (start < 0) {
      throw new BadTargetException("target: neither a path nor an http URL");
    }
    int end = start;
    while (end < target.length() && target.charAt(end) != '/' && target.charAt(end) != '?') {
      end++;
    }
    Authority authority = Authority.valid(target.substring(start, end));
    String rest = target.substring(end);
    return canonical(authority, rest.startsWith("/") ? rest : "/" + rest);
  }

  private static int endOfScheme(String target) {
    for (String scheme : List.of("http://", "https://")) {
      if (target.regionMatches(true, 0, scheme, 0, scheme.length())) {
        return scheme.length();
      }
    }
    return -1;
  }

  private static Accepted canonical(Authority authority, String uri) throws BadTargetException {
    int mark = uri.indexOf('?');
    String raw = mark < 0 ? uri : uri.substring(0, mark);
    String query = mark < 0 ? null : uri.substring(mark + 1);
    if (query != null) {
      checkQuery(query);
    }
    String path = CanonicalPath.of(raw);
    String forwarded = path.equals(raw) ? uri : query == null ? path : path + "?" + query;
    if (forwarded.length() > MAX_LENGTH) {
      throw new BadTargetException("target: too long");
    }
    return new Accepted(
        authority.host(),
        authority.text(),
        path,
        CanonicalPath.withoutParameters(path),
        query,
        forwarded);
  }

  private static void checkQuery(String query) throws BadTargetException {
    for (int i = 0; i < query.length(); i++) {
      char c = query.charAt(i);
      if (c <= ' ' || c >= 0x7f || c == '#') {
        throw new BadTargetException("query: forbidden character");
      }
    }
  }
}
