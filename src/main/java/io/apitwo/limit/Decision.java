package io.apitwo.limit;

/**
 * Whether one request may pass, and where each of its buckets stands after it. A refusal is an
 * outcome like any other: it carries the same figures, and nothing was charged for it.
 */
public final class Decision {
  private final Charge charge;
  private final boolean allowed;
  private final long[] left;
  private final long[] resetMillis;

  Decision(Charge charge, boolean allowed, long[] left, long[] resetMillis) {
    this.charge = charge;
    this.allowed = allowed;
    this.left = left;
    this.resetMillis = resetMillis;
  }

  public Charge charge() {
    return charge;
  }

  public boolean allowed() {
    return allowed;
  }

  /** What one bucket has left, in cost units; never negative. */
  public long left(int bucket) {
    return left[bucket];
  }

  /** Whole seconds until one bucket's window ends, rounded up; at least 1. */
  public long resetSeconds(int bucket) {
    return Math.max(1, (resetMillis[bucket] + 999) / 1_000);
  }

  /** Whether one bucket is why the request was refused: it has less left than the request costs. */
  public boolean violated(int bucket) {
    return !allowed && left[bucket] < charge.cost();
  }
}
