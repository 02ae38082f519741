package io.apitwo.identify;

import io.apitwo.rules.LimitRule;
import io.apitwo.rules.Plan;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The limits of one route for the clients of one plan.
 *
 * @param plan null for clients without one
 * @param enforced all of them are decided together
 * @param shadows which only count, each by itself
 */
public record Applied(@Nullable Plan plan, List<LimitRule> enforced, List<LimitRule> shadows) {
  static Applied of(@Nullable Plan plan, List<LimitRule> named) {
    List<LimitRule> rules = plan == null ? named : plan.apply(named);
    return new Applied(
        plan,
        rules.stream().filter(rule -> !rule.effect().shadow()).toList(),
        rules.stream().filter(rule -> rule.effect().shadow()).toList());
  }
}
