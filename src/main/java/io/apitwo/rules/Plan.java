package io.apitwo.rules;

import java.util.List;
import java.util.Map;

/**
 * A tier of clients, with limits of its own in the place of those of the same names.
 *
 * @param when all must hold; without any only an API key puts a client into the plan
 */
public record Plan(String name, List<Carries> when, Map<String, LimitRule> limits) {
  public Plan {
    when = List.copyOf(when);
    limits = Map.copyOf(limits);
  }

  /** What applies to a client of the plan where a route names these limits. */
  public List<LimitRule> apply(List<LimitRule> named) {
    return named.stream().map(rule -> limits.getOrDefault(rule.limit().name(), rule)).toList();
  }
}
