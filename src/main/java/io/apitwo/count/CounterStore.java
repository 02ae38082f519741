package io.apitwo.count;

import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.vertx.core.Future;
import java.util.List;

/**
 * Where counts live. The contract, which {@code CounterStoreContract} in the test tree holds every
 * store to:
 *
 * <ul>
 *   <li>a charge passes whole or charges nothing, whichever of its buckets is short;
 *   <li>of a demand the first charges pass, as many as fit: {@code min(count, left ÷ cost)};
 *   <li>demands are dealt with in their order; a large cost that does not fit does not block
 *       smaller ones;
 *   <li>no number of callers makes the passes of a window exceed its quota.
 * </ul>
 *
 * <p>Called from one event loop, the limiter's; completes on it.
 */
public interface CounterStore {
  /** The store's name in settings, logs and metrics. */
  String name();

  /**
   * Decides a batch.
   *
   * @return a grant for each demand, in the same order; fails when the store cannot say, and then
   *     nothing of the batch may pass
   */
  Future<List<Grant>> settle(List<Demand> demands);
}
