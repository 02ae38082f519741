package io.apitwo.admin;

import io.apitwo.telemetry.Frequent;
import io.apitwo.telemetry.Traffic;
import io.vertx.core.Future;
import java.util.List;
import java.util.Map;

/** The port by which an operator watches a node. */
@FunctionalInterface
public interface Live {
  /** How things are now. Does not fail; completes on any thread. */
  Future<Now> now();

  /**
   * How things are.
   *
   * @param traffic since the start
   * @param topRefused the clients with the most refusals of the last one to two minutes, by limit
   * @param degraded whether decisions are made without the counter store
   * @param revision of the rules
   * @param nodes how many are known, this one included
   */
  record Now(
      Traffic traffic,
      Map<String, List<Frequent>> topRefused,
      boolean degraded,
      long revision,
      int nodes) {}
}
