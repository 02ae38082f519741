package io.apitwo.rules;

import java.util.List;

/**
 * Which requests go to which upstream, under which limits.
 *
 * @param limits all of them apply at once; may be empty
 */
public record Route(
    String id, RouteMatch match, Upstream upstream, List<LimitRule> limits, Cost cost) {
  public Route {
    limits = List.copyOf(limits);
  }
}
