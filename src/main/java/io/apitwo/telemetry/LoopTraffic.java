package io.apitwo.telemetry;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How many requests one event loop has had, and how many went on to an upstream: two cells that
 * this loop alone writes.
 */
public final class LoopTraffic {
  private static final int REQUESTS = 8; // with a cache line on either side
  private static final int PASSED = 9;

  private final AtomicLongArray cells = new AtomicLongArray(18);

  /** A request began. On the loop. */
  public void began() {
    add(REQUESTS);
  }

  /** A request goes to its upstream. On the loop. */
  public void passed() {
    add(PASSED);
  }

  private void add(int cell) {
    cells.setOpaque(cell, cells.getPlain(cell) + 1);
  }

  /** Since the start. On any thread. */
  long requestsSoFar() {
    return cells.getOpaque(REQUESTS);
  }

  /** Since the start. On any thread. */
  long passedSoFar() {
    return cells.getOpaque(PASSED);
  }
}
