package io.apitwo.decide;

import io.apitwo.limit.Charge;
import io.apitwo.limit.Return;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What is refunded in one turn of a loop, equal charges of the same windows together: for 1,000
 * requests of one client the limiter hears of one return.
 *
 * <p>Confined to one event loop, and free of Vert.x.
 */
final class Refunds {
  private final Map<Charge, Return> open = new LinkedHashMap<>();
  private final List<Return> closed = new ArrayList<>();

  /**
   * Notes what one request gets back.
   *
   * @return whether it is the first of a new batch, which somebody must now see off with {@link
   *     #take}
   */
  boolean add(Return refund) {
    boolean first = open.isEmpty();
    Return before = open.get(refund.charge());
    boolean same = before != null && before.receipt().equalTo(refund.receipt());
    if (before != null && !same) {
      closed.add(before);
    }
    open.put(refund.charge(), same ? before.plus(refund) : refund);
    return first;
  }

  /** What is to be given back, each thing once. */
  List<Return> take() {
    if (open.isEmpty()) {
      return List.of();
    }
    closed.addAll(open.values());
    List<Return> taken = List.copyOf(closed);
    open.clear();
    closed.clear();
    return taken;
  }
}
