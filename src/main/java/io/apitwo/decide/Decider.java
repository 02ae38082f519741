package io.apitwo.decide;

import io.apitwo.limit.Charge;
import io.apitwo.limit.Decision;
import io.vertx.core.Future;

/** The port through which a proxy asks. One for each event loop; called and completed on it. */
public interface Decider {
  /**
   * Decides one charge.
   *
   * @return the decision, a refusal included; fails when the counter store could not say, and then
   *     the request must not pass unlimited
   */
  Future<Decision> decide(Charge charge);
}
