package io.apitwo.decide;

/** How often something is asked for, lately. Confined to one thread. */
final class AskRate {
  /** Long enough that a burst which is over in a moment leases nothing. */
  private static final long MEASURED_NANOS = 250_000_000L;

  /** After so long a single gap between two requests says enough. */
  private static final long PATIENCE_NANOS = 2_000_000_000L;

  private static final long SECOND = 1_000_000_000L;

  private long sinceNanos;
  private int counted;
  private double perSecond;

  AskRate(long nowNanos) {
    this.sinceNanos = nowNanos;
  }

  /** It is asked for now. */
  void count(long nowNanos) {
    counted++;
    long elapsed = nowNanos - sinceNanos;
    boolean enough = counted > 1 || elapsed >= PATIENCE_NANOS;
    if (elapsed >= MEASURED_NANOS && enough) {
      double now = (double) counted * SECOND / elapsed;
      perSecond = perSecond == 0 ? now : (perSecond + now) / 2;
      counted = 0;
      sinceNanos = nowNanos;
    }
  }

  /** Requests a second; 0 as long as nothing can be said. */
  double perSecond() {
    return perSecond;
  }

  /** Whether it was measured within a second, or first asked for. */
  boolean isRecent(long nowNanos) {
    return nowNanos - sinceNanos < SECOND;
  }
}
