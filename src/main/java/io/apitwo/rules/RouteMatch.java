package io.apitwo.rules;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Which requests a route takes: by host ({@code api.example.com}, {@code *.example.com}), path
 * pattern and method; what is not said matches all.
 *
 * <p>In a path pattern {@code *} stands for one segment, a last {@code **} for any number of them,
 * none included: {@code /api/**} takes {@code /api}, {@code /api/} and {@code /api/a/b}. GET takes
 * HEAD too.
 */
public final class RouteMatch {
  private static final Pattern HOST =
      Pattern.compile("(\\*\\.)?[a-z0-9_-]+(\\.[a-z0-9_-]+)*|\\[[0-9a-f:.]+]");
  private static final Pattern SEGMENT = Pattern.compile("[A-Za-z0-9._~!$&'()+,=:@-]+");

  private final @Nullable String host;
  private final String @Nullable [] segments;
  private final boolean open;
  private final Set<String> methods;

  /**
   * @param segments null for any path
   * @param open whether the pattern ends in {@code **}
   */
  private RouteMatch(
      @Nullable String host, String @Nullable [] segments, boolean open, Set<String> methods) {
    this.host = host;
    this.segments = segments;
    this.open = open;
    this.methods = methods;
  }

  /**
   * @param host as {@link #isHost} accepts it; null for any
   * @param path as {@link #isPath} accepts it; null for any
   * @param methods in upper case; empty for any
   */
  static RouteMatch of(@Nullable String host, @Nullable String path, List<String> methods) {
    Set<String> taken = new HashSet<>(methods);
    if (taken.contains("GET")) {
      taken.add("HEAD");
    }
    String lower = host == null ? null : host.toLowerCase(Locale.ROOT);
    if (path == null || path.equals("/**")) {
      return new RouteMatch(lower, null, true, taken);
    }
    String[] segments = path.substring(1).split("/", -1);
    boolean open = segments[segments.length - 1].equals("**");
    String[] closed = open ? Arrays.copyOf(segments, segments.length - 1) : segments;
    return new RouteMatch(lower, closed, open, taken);
  }

  static boolean isHost(String host) {
    return HOST.matcher(host.toLowerCase(Locale.ROOT)).matches();
  }

  static boolean isPath(String path) {
    if (!path.startsWith("/")) {
      return false;
    }
    String[] segments = path.substring(1).split("/", -1);
    for (int i = 0; i < segments.length; i++) {
      boolean last = i == segments.length - 1;
      String segment = segments[i];
      boolean fine =
          segment.equals("*")
              || (last && (segment.isEmpty() || segment.equals("**")))
              || (SEGMENT.matcher(segment).matches() && !segment.matches("\\.{1,2}"));
      if (!fine) {
        return false;
      }
    }
    return true;
  }

  /** Whether a request matches. Arguments as in {@link Rules#route}. */
  public boolean matches(String requestHost, String path, String method) {
    return (methods.isEmpty() || methods.contains(method))
        && matchesHost(requestHost)
        && matchesPath(path);
  }

  private boolean matchesHost(String requestHost) {
    if (host == null) {
      return true;
    }
    return host.startsWith("*.")
        ? requestHost.length() > host.length() - 1 && requestHost.endsWith(host.substring(1))
        : requestHost.equals(host);
  }

  private boolean matchesPath(String path) {
    if (segments == null) {
      return true;
    }
    int from = 1;
    for (int i = 0; i < segments.length; i++) {
      if (from > path.length()) {
        return false;
      }
      int slash = path.indexOf('/', from);
      int to = slash < 0 ? path.length() : slash;
      boolean same =
          segments[i].equals("*")
              ? to > from
              : to - from == segments[i].length() && path.startsWith(segments[i], from);
      if (!same) {
        return false;
      }
      from = to + 1;
    }
    return open || from == path.length() + 1;
  }
}
