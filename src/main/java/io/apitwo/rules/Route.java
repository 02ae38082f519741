package io.apitwo.rules;

import java.util.List;

/**
 * Which requests go to which upstream, under which limits.
 *
 * @param limits all of them apply at once; may be empty
 * @param cost what one request charges, 1 to 1,000,000
 */
public record Route(
    String id, RouteMatch match, Upstream upstream, List<LimitRule> limits, long cost) {
  public Route {
    limits = List.copyOf(limits);
  }
}
