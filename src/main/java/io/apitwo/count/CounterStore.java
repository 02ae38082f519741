package io.apitwo.count;

import io.apitwo.limit.Charge;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Hit;
import io.apitwo.limit.Return;
import io.apitwo.limit.Subject;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where counts live. The contract, which {@code CounterStoreContract} in the test tree holds every
 * store to:
 *
 * <ul>
 *   <li>a charge passes whole or charges nothing, whichever of its buckets is short;
 *   <li>of a demand the first charges pass, as many as fit: {@code min(count, left ÷ cost)};
 *   <li>demands are dealt with in their order; a large cost that does not fit does not block
 *       smaller ones;
 *   <li>what is leased is charged like what passes, and no more is leased than {@link
 *       io.apitwo.limit.Lease} allows; a store may lease nothing;
 *   <li>no number of callers makes what passes and what is leased exceed a window's quota.
 * </ul>
 *
 * <p>Called from one event loop, the limiter's; completes on it.
 */
public interface CounterStore {
  /** The store's name in settings, logs and metrics. */
  String name();

  /**
   * Connects, if there is anything to connect to. Succeeds also when nobody answers: the store goes
   * on trying by itself, and until then {@link #settle} fails at once.
   */
  default Future<Void> start() {
    return Future.succeededFuture();
  }

  /**
   * Decides a batch. An answer may come late, however long its asker has waited, and tells what was
   * charged nevertheless; who does not want to wait that long minds the time himself.
   *
   * @return a grant for each demand, in the same order; null for one that the store cannot decide
   *     although it decides others, because a key of its is unreadable or its part of the store
   *     does not answer: whether it was charged is in doubt. Fails with {@link
   *     StoreUnavailableException}, which says whether that is in doubt, when the store can decide
   *     none. What was not decided must not pass on the store's account
   */
  Future<List<@Nullable Grant>> settle(List<Demand> demands);

  /**
   * Takes back what was leased, or granted too late, and will not be spent. Never repeated: what
   * gets lost stays used until its windows end.
   *
   * @return succeeds when done, lost or refused
   */
  Future<Void> giveBack(List<Return> returns);

  /**
   * Charges what passed without this store's word, in the windows that it names and that are still
   * open, even beyond a quota. A batch that is asked for later comes later. Never repeated.
   *
   * @return which were not charged, or may not have been. Does not fail
   */
  Future<Charged> charge(List<Hit> hits);

  /**
   * Forgets what single clients have used of single limits. Their next charges begin counts of
   * another epoch, which no return of what was charged before reaches; of plain counters, which
   * have no epochs, refunds do. What is in flight stays counted. May be repeated.
   *
   * @return fails with {@link StoreUnavailableException} when it is not known to have been done
   */
  Future<Void> reset(List<Subject> subjects);

  /** How many batches can be under way side by side without waiting for each other; at least 1. */
  default int lanes() {
    return 1;
  }

  /** In which lane a charge is decided, from 0. */
  default int lane(Charge charge) {
    return 0;
  }

  /** Whether {@link #settle} has somebody to ask now. */
  default boolean isAvailable() {
    return true;
  }

  /** Whether {@link #settle} has somebody to ask now for all that a charge needs. */
  default boolean isAvailable(Charge charge) {
    return isAvailable();
  }

  /** Has a listener called whenever {@link #isAvailable} may have changed. */
  default void onChange(Runnable listener) {}

  /** How many nodes share the store, this one included, as far as was last known; at least 1. */
  default int liveNodes() {
    return 1;
  }

  /** Whether all nodes count here; else each one counts for itself. */
  default boolean isShared() {
    return false;
  }

  /** Among how many nodes each limit is divided now, of which this one keeps a part. Any thread. */
  default int dividedBy() {
    return 1;
  }

  /** How far the store's clock is ahead of this node's, as far as is known; in milliseconds. */
  default long skewMillis() {
    return 0;
  }

  /** Disconnects; nothing is asked afterwards. */
  default Future<Void> close() {
    return Future.succeededFuture();
  }
}
