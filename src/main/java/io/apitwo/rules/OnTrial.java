package io.apitwo.rules;

import io.apitwo.limit.Limit;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Rules whose limits count under names of their own, so that they can be tried on real traffic
 * beside those in force: {@code default} counts as {@code default~12}. No document can have such a
 * name.
 */
public final class OnTrial {
  private static final char MARK = '~';

  private final String suffix;
  private final Map<LimitRule, LimitRule> renamed = new IdentityHashMap<>();

  private OnTrial(long number) {
    this.suffix = MARK + Long.toString(number);
  }

  /**
   * @param number of the trial; another one counts anew
   */
  public static Rules of(Rules rules, long number) {
    OnTrial trial = new OnTrial(number);
    List<Route> routes =
        rules.routes().stream()
            .map(
                route ->
                    new Route(
                        route.id(),
                        route.match(),
                        route.upstream(),
                        route.limits().stream().map(trial::rename).toList(),
                        route.cost()))
            .toList();
    Access access = rules.access();
    List<Plan> plans =
        access.plans().stream()
            .map(plan -> new Plan(plan.name(), plan.when(), trial.rename(plan.limits())))
            .toList();
    return new Rules(
        rules.upstreams(),
        routes,
        trial.rename(rules.limits()),
        rules.identity(),
        new Access(plans, access.allow(), access.deny(), access.quotaPath()),
        rules.generation());
  }

  /** What the document calls a limit on trial. */
  public static String nameOf(Limit limit) {
    int mark = limit.name().lastIndexOf(MARK);
    return mark < 0 ? limit.name() : limit.name().substring(0, mark);
  }

  private Map<String, LimitRule> rename(Map<String, LimitRule> limits) {
    Map<String, LimitRule> all = new HashMap<>();
    limits.forEach((name, rule) -> all.put(name + suffix, rename(rule)));
    return all;
  }

  private LimitRule rename(LimitRule rule) {
    @Nullable LimitRule known = renamed.get(rule);
    if (known == null) {
      Map<String, Limit> overrides = new HashMap<>();
      rule.overrides().forEach((client, limit) -> overrides.put(client, rename(limit)));
      known =
          new LimitRule(
              rename(rule.limit()), overrides, rule.clients(), rule.effect(), rule.told());
      renamed.put(rule, known);
    }
    return known;
  }

  private Limit rename(Limit limit) {
    return new Limit(
        limit.name() + suffix,
        limit.algorithm(),
        limit.quotas(),
        limit.accuracy(),
        limit.onStoreFailure(),
        limit.phased(),
        limit.refundable());
  }
}
