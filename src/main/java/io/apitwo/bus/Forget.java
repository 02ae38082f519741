package io.apitwo.bus;

import io.apitwo.limit.Charge;
import io.apitwo.limit.Subject;
import java.util.List;

/**
 * What was known of a client's use of some limits holds no more, since the store has forgotten it:
 * leases are not to be spent, and refusals not to be remembered. LOCAL, to all of a node's loops
 * and to its limiter, at {@link Addresses#FORGET}.
 *
 * @param client the client key
 * @param subjects of that client
 */
public record Forget(String client, List<Subject> subjects) {
  public Forget {
    subjects = List.copyOf(subjects);
  }

  /** Whether it concerns a limit's counts of a client, whatever the limit allows. */
  public boolean concerns(Subject other) {
    if (!other.client().equals(client)) {
      return false;
    }
    for (Subject subject : subjects) {
      if (subject.limit().name().equals(other.limit().name())) {
        return true;
      }
    }
    return false;
  }

  /** Whether it concerns some of what a charge is for. */
  public boolean concerns(Charge charge) {
    for (Subject subject : charge.subjects()) {
      if (concerns(subject)) {
        return true;
      }
    }
    return false;
  }
}
