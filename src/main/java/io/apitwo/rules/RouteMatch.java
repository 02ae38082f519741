package io.apitwo.rules;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which requests a route takes: those of its hosts, paths and methods. */
public final class RouteMatch {
  private final @Nullable HostPattern host;
  private final @Nullable PathPattern path;
  private final String[] methods;
  private final boolean pathParameters;
  private final boolean escapedSlash;

  /**
   * @param host null for all
   * @param path null for all
   * @param methods in upper case; none for all; GET takes HEAD along
   */
  RouteMatch(@Nullable HostPattern host, @Nullable PathPattern path, List<String> methods) {
    this(host, path, methods, false, false);
  }

  /**
   * @param pathParameters whether segments may have parameters, as {@code ;x}
   * @param escapedSlash whether segments may have slashes as {@code %2F}
   */
  RouteMatch(
      @Nullable HostPattern host,
      @Nullable PathPattern path,
      List<String> methods,
      boolean pathParameters,
      boolean escapedSlash) {
    this.host = host;
    this.path = path;
    this.methods = methods.toArray(String[]::new);
    this.pathParameters = pathParameters;
    this.escapedSlash = escapedSlash;
  }

  /** Whether a path of such a form, which programs read in several ways, may go upstream. */
  public boolean takesPath(boolean hasParameters, boolean hasEscapedSlash) {
    return (pathParameters || !hasParameters) && (escapedSlash || !hasEscapedSlash);
  }

  /** Whether a request matches. Arguments as in {@link Rules#route}. */
  public boolean matches(String host, String path, String method) {
    return (this.path == null || this.path.matches(path))
        && (this.host == null || this.host.matches(host))
        && takes(method);
  }

  /** Whether its paths have a segment of that name. */
  public boolean hasParameter(String name) {
    return path != null && path.hasParameter(name);
  }

  /** What stands in that segment of a path that matches; null without one of that name. */
  public @Nullable String parameter(String path, String name) {
    return this.path == null ? null : this.path.parameter(path, name);
  }

  private boolean takes(String method) {
    if (methods.length == 0) {
      return true;
    }
    for (String taken : methods) {
      if (taken.equals(method) || (taken.equals("GET") && method.equals("HEAD"))) {
        return true;
      }
    }
    return false;
  }
}
