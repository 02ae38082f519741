package io.apitwo.config;

import io.apitwo.rules.Adjustments;
import io.apitwo.rules.Rules;
import java.util.function.Supplier;

/**
 * The rules in force on this node together with what is ordered for single clients: the snapshot
 * that requests see. Two volatile reads a request; without orders it is the rules themselves.
 *
 * <p>For any thread.
 */
public final class AdjustedRules implements Supplier<Rules> {
  private final Supplier<Rules> active;
  private volatile Snapshot snapshot;

  private record Snapshot(Rules base, Adjustments adjustments, Rules adjusted) {
    static Snapshot of(Rules base, Adjustments adjustments) {
      Rules adjusted = adjustments.isEmpty() ? base : base.with(adjustments);
      return new Snapshot(base, adjustments, adjusted);
    }
  }

  /**
   * @param active the rules in force
   */
  public AdjustedRules(Supplier<Rules> active) {
    this.active = active;
    this.snapshot = Snapshot.of(active.get(), Adjustments.NONE);
  }

  @Override
  public Rules get() {
    Rules base = active.get();
    Snapshot known = snapshot;
    return known.base == base ? known.adjusted : anew(base);
  }

  private synchronized Rules anew(Rules base) {
    if (snapshot.base != base) {
      snapshot = Snapshot.of(base, snapshot.adjustments);
    }
    return snapshot.adjusted;
  }

  /** Has other orders hold from now on. */
  synchronized void adjust(Adjustments adjustments) {
    if (snapshot.adjustments != adjustments) {
      snapshot = Snapshot.of(active.get(), adjustments);
    }
  }
}
