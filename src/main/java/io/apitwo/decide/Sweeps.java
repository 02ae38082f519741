package io.apitwo.decide;

import java.util.function.LongSupplier;

/**
 * Looks after those who wait, again and again as long as anybody does. Confined to the limiter's
 * thread.
 */
final class Sweeps {
  private static final long EVERY_MILLIS = 5;

  /** A sweep that comes this much late means that the process stood still: answers may be there. */
  private static final long PAUSE_NANOS = 10_000_000;

  private final Limiter.Outside outside;
  private final LongSupplier nanoClock;
  private final Sweep sweep;
  private boolean running;
  private boolean stoodStill;
  private long dueNanos;

  /** One look. */
  interface Sweep {
    /**
     * @param stoodStill whether answers may have come that nobody had time to read, so that nobody
     *     may be given up now
     * @return whether anybody waits still
     */
    boolean sweep(boolean stoodStill);
  }

  Sweeps(Limiter.Outside outside, LongSupplier nanoClock, Sweep sweep) {
    this.outside = outside;
    this.nanoClock = nanoClock;
    this.sweep = sweep;
  }

  /** Somebody waits from now on. */
  void start() {
    if (!running) {
      running = true;
      dueNanos = nanoClock.getAsLong() + EVERY_MILLIS * 1_000_000;
      outside.after(EVERY_MILLIS, this::run);
    }
  }

  private void run() {
    running = false;
    long late = nanoClock.getAsLong() - dueNanos;
    stoodStill = !stoodStill && late > PAUSE_NANOS; // let it pass once, not for ever
    if (sweep.sweep(stoodStill)) {
      start();
    }
  }
}
