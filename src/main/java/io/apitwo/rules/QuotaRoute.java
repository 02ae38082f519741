package io.apitwo.rules;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The route by which a client reads its own limits, if the rules have one. */
public final class QuotaRoute {
  private static final List<String> METHODS = List.of("GET");

  private QuotaRoute() {}

  /**
   * A route to nowhere, under all limits that tell clients apart by who they are and not by what
   * they ask for; null where the rules have none.
   */
  public static @Nullable Route of(Rules rules) {
    String path = rules.access().quotaPath();
    if (path == null) {
      return null;
    }
    List<LimitRule> limits = new ArrayList<>();
    for (Route route : rules.routes()) {
      for (LimitRule rule : route.limits()) {
        if (!limits.contains(rule)
            && rule.clients().parts().stream().noneMatch(QuotaRoute::isAsked)) {
          limits.add(rule);
        }
      }
    }
    RouteMatch match = new RouteMatch(null, PathPattern.parse(path), METHODS);
    return new Route("quota", match, new Upstream.Echo("quota"), limits, Cost.ONE);
  }

  private static boolean isAsked(KeyPart part) {
    return part instanceof KeyPart.RouteId
        || part instanceof KeyPart.Method
        || part instanceof KeyPart.PathParameter
        || part instanceof KeyPart.Query
        || part instanceof KeyPart.Body;
  }
}
