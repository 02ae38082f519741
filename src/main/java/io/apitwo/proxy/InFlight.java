package io.apitwo.proxy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * The exchanges that one event loop is busy with. Now and then it looks for those whose upstream
 * has been silent for too long: one timer for the loop instead of one for each request.
 *
 * <p>Confined to one event loop.
 */
final class InFlight {
  private final Set<Exchange> exchanges = Collections.newSetFromMap(new IdentityHashMap<>());

  void began(Exchange exchange) {
    exchanges.add(exchange);
  }

  /** Whether it was still one of them. */
  boolean ended(Exchange exchange) {
    return exchanges.remove(exchange);
  }

  /** Breaks off every call whose upstream is overdue at this instant of the nano clock. */
  void sweep(long nowNanos) {
    List<UpstreamCall> overdue = new ArrayList<>(0);
    for (Exchange exchange : exchanges) {
      if (exchange.call != null && exchange.call.isOverdue(nowNanos)) {
        overdue.add(exchange.call);
      }
    }
    overdue.forEach(UpstreamCall::timeOut);
  }
}
