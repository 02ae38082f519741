package io.apitwo.proxy;

import java.util.concurrent.atomic.LongAdder;

/**
 * Whether the node is on its way out, and how many requests it still owes an answer. For all its
 * event loops.
 */
public final class Drain {
  private final LongAdder inFlight = new LongAdder();
  private volatile boolean begun;
  private volatile boolean over;

  /** From now on every response asks its client to go elsewhere. */
  public void begin() {
    begun = true;
  }

  /**
   * From now on requests are turned away before anything is decided for them. Who waits,
   * afterwards, until none is in flight knows that nothing more is charged or leased on this node.
   */
  public void end() {
    over = true;
  }

  /** Requests without a complete response. */
  public long inFlight() {
    return inFlight.sum();
  }

  boolean hasBegun() {
    return begun;
  }

  boolean isOver() {
    return over;
  }

  void requestBegan() {
    inFlight.increment();
  }

  void requestEnded() {
    inFlight.decrement();
  }
}
