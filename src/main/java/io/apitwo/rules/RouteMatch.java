package io.apitwo.rules;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which requests a route takes: those of its hosts, paths and methods. */
public final class RouteMatch {
  private final @Nullable HostPattern host;
  private final @Nullable PathPattern path;
  private final String[] methods;

  /**
   * @param host null for all
   * @param path null for all
   * @param methods in upper case; none for all; GET takes HEAD along
   */
  RouteMatch(@Nullable HostPattern host, @Nullable PathPattern path, List<String> methods) {
    this.host = host;
    this.path = path;
    this.methods = methods.toArray(String[]::new);
  }

  /** Whether a request matches. Arguments as in {@link Rules#route}. */
  public boolean matches(String host, String path, String method) {
    return (this.path == null || this.path.matches(path))
        && (this.host == null || this.host.matches(host))
        && takes(method);
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
