package io.apitwo.rules;

/** Which requests a route takes. */
public final class RouteMatch {
  /** Whether a request matches. Arguments as in {@link Rules#route}. */
  public boolean matches(String host, String path, String method) {
    return true;
  }
}
