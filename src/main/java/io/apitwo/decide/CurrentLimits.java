package io.apitwo.decide;

import io.apitwo.limit.Charge;
import io.apitwo.limit.Subject;
import io.apitwo.rules.Rules;
import java.util.function.Predicate;

/** Whether all limits of a charge are as some rules have them for its clients. */
record CurrentLimits(Rules rules) implements Predicate<Charge> {
  @Override
  public boolean test(Charge charge) {
    for (Subject subject : charge.subjects()) {
      if (!isCurrent(subject)) {
        return false;
      }
    }
    return true;
  }

  private boolean isCurrent(Subject subject) {
    return rules
        .limitsNamed(subject.limit().name())
        .map(rule -> rules.adjustments().limitOf(rule, subject.client()))
        .anyMatch(subject.limit()::equals);
  }
}
