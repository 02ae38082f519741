package io.apitwo.decide;

import io.apitwo.limit.Charge;
import io.apitwo.limit.Decision;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * Parks charges until their answer comes, merging equal ones into one demand. For 1,000 requests of
 * one client in one turn of the loop the limiter sees one demand of 1,000.
 *
 * <p>Confined to one event loop, and free of Vert.x.
 *
 * @param <W> what waits for a decision
 */
final class Accumulator<W> {
  private Map<Charge, List<W>> open = new LinkedHashMap<>();
  private final Map<Long, Map<Charge, List<W>>> sealed = new HashMap<>();
  private long lastNumber;

  /**
   * Parks one waiter.
   *
   * @return whether it is the first of a new batch, which somebody must now see off with {@link
   *     #seal}
   */
  boolean park(Charge charge, W waiter) {
    boolean first = open.isEmpty();
    open.computeIfAbsent(charge, c -> new ArrayList<>(4)).add(waiter);
    return first;
  }

  /**
   * Closes the open batch and says what it asks for, in the order in which the charges first came.
   */
  Sealed seal() {
    List<Demand> demands = new ArrayList<>(open.size());
    open.forEach((charge, waiters) -> demands.add(new Demand(charge, waiters.size())));
    long number = ++lastNumber;
    sealed.put(number, open);
    open = new LinkedHashMap<>();
    return new Sealed(number, demands);
  }

  /**
   * Hands the answer of one batch to those who wait for it, first come first served. An answer to
   * an unknown batch, or a second one, goes to nobody.
   */
  void settle(long number, List<Grant> grants, long nowNanos, BiConsumer<W, Decision> decided) {
    Map<Charge, List<W>> batch = sealed.remove(number);
    if (batch == null) {
      return;
    }
    int demand = 0;
    for (Map.Entry<Charge, List<W>> entry : batch.entrySet()) {
      Grant grant = grants.get(demand++);
      int position = 0;
      for (W waiter : entry.getValue()) {
        decided.accept(waiter, grant.decision(entry.getKey(), position++, nowNanos));
      }
    }
  }

  /** Takes one batch out, unanswered: all who wait in it. */
  List<W> abandon(long number) {
    Map<Charge, List<W>> batch = sealed.remove(number);
    return batch == null ? List.of() : batch.values().stream().flatMap(List::stream).toList();
  }

  /** A batch on its way. @param number from 1, by which its answer is known */
  record Sealed(long number, List<Demand> demands) {}
}
