package io.apitwo.decide;

import io.apitwo.limit.Charge;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Parks requests until their answer comes, equal charges together. For 1,000 requests of one client
 * in one turn of the loop the limiter sees one ask of 1,000.
 *
 * <p>Confined to one event loop, and free of Vert.x.
 *
 * @param <W> what waits for a decision
 */
final class Accumulator<W> {
  private Map<Charge, Parked<W>> open = new LinkedHashMap<>();

  /**
   * Those who wait for one answer, in the order in which they came.
   *
   * @param sinceNanos when the first came, on the nano clock
   */
  record Parked<W>(Charge charge, List<W> waiters, long sinceNanos) {
    /** For a charge that is asked for although nobody waits. */
    Parked(Charge charge, long sinceNanos) {
      this(charge, List.of(), sinceNanos);
    }
  }

  /**
   * Parks one waiter.
   *
   * @return whether it is the first of a new batch, which somebody must now see off with {@link
   *     #seal}
   */
  boolean park(Charge charge, W waiter, long nowNanos) {
    boolean first = open.isEmpty();
    Parked<W> parked = open.get(charge);
    if (parked == null) {
      parked = new Parked<>(charge, new ArrayList<>(2), nowNanos);
      open.put(charge, parked);
    }
    parked.waiters().add(waiter);
    return first;
  }

  /** Whether nobody waits for the next batch. */
  boolean isEmpty() {
    return open.isEmpty();
  }

  /** Closes the open batch: all who wait in it, in the order in which their charges first came. */
  List<Parked<W>> seal() {
    List<Parked<W>> sealed = new ArrayList<>(open.values());
    open = new LinkedHashMap<>();
    return sealed;
  }
}
