package io.apitwo.admin;

import io.apitwo.telemetry.TrialDiff;
import io.vertx.core.Future;

/** The port by which an operator learns what rules on trial would do differently. */
@FunctionalInterface
public interface Trials {
  /**
   * @param most how many clients of each limit
   */
  Future<TrialDiff> soFar(int most);
}
