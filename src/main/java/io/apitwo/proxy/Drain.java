package io.apitwo.proxy;

import java.util.concurrent.atomic.LongAdder;

/**
 * Whether the node is on its way out, and how many requests it still owes an answer. For all its
 * event loops.
 */
public final class Drain {
  private final LongAdder inFlight = new LongAdder();
  private volatile boolean begun;

  /** From now on every response asks its client to go elsewhere. */
  public void begin() {
    begun = true;
  }

  /** Requests without a complete response. */
  public long inFlight() {
    return inFlight.sum();
  }

  boolean hasBegun() {
    return begun;
  }

  void requestBegan() {
    inFlight.increment();
  }

  void requestEnded() {
    inFlight.decrement();
  }
}
