package io.apitwo.decide;

import io.apitwo.limit.Charge;
import io.apitwo.limit.Subject;
import io.apitwo.rules.LimitRule;
import io.apitwo.rules.Rules;
import java.util.function.Predicate;

/** Whether all limits of a charge are as some rules have them. */
record CurrentLimits(Rules rules) implements Predicate<Charge> {
  @Override
  public boolean test(Charge charge) {
    for (Subject subject : charge.subjects()) {
      LimitRule rule = rules.limits().get(subject.limit().name());
      if (rule == null || !rule.limit().equals(subject.limit())) {
        return false;
      }
    }
    return true;
  }
}
