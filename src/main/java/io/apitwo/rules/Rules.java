package io.apitwo.rules;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The compiled rules: an immutable snapshot that serves a request from its start to its end.
 *
 * @param routes in the document's order
 * @param ipv6Prefix how many bits of an IPv6 address make a client, 32 to 128
 */
public record Rules(
    Map<String, Upstream> upstreams,
    List<Route> routes,
    Map<String, LimitRule> limits,
    int ipv6Prefix) {
  public Rules {
    upstreams = Map.copyOf(upstreams);
    routes = List.copyOf(routes);
    limits = Map.copyOf(limits);
  }

  /**
   * The first route that matches, or null.
   *
   * @param host in lower case, without a port
   * @param path canonical, without path parameters
   */
  public @Nullable Route route(String host, String path, String method) {
    for (Route route : routes) {
      if (route.match().matches(host, path, method)) {
        return route;
      }
    }
    return null;
  }
}
