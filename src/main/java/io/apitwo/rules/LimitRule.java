package io.apitwo.rules;

import io.apitwo.limit.Limit;
import java.util.Map;

/**
 * A limit of the rules: what is allowed to whom, what comes of it, and what clients are told.
 *
 * @param overrides what is allowed to single clients instead, by their keys as {@code explain}
 *     shows them; limits of the same name and algorithm
 */
public record LimitRule(
    Limit limit, Map<String, Limit> overrides, Clients clients, Effect effect, Told told) {
  public LimitRule {
    overrides = Map.copyOf(overrides);
  }

  /** What is allowed to one client. */
  public Limit limitOf(String client) {
    return overrides.isEmpty() ? limit : overrides.getOrDefault(client, limit);
  }
}
