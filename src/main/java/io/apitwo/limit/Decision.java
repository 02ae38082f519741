package io.apitwo.limit;

import java.util.ArrayList;
import java.util.List;

/**
 * Whether one request may pass, and where each of its buckets stands after it. A refusal is an
 * outcome like any other: it carries the same figures, and nothing was charged for it.
 */
public final class Decision {
  private final Charge charge;
  private final boolean allowed;
  private final Standing standing;
  private final long unspent;
  private final long nowNanos;

  /**
   * @param unspent what was charged in the standing and is not spent yet, in cost units: this much
   *     more is left for the client
   * @param nowNanos the instant of the nano clock at which it was decided
   */
  public Decision(Charge charge, boolean allowed, Standing standing, long unspent, long nowNanos) {
    this.charge = charge;
    this.allowed = allowed;
    this.standing = standing;
    this.unspent = unspent;
    this.nowNanos = nowNanos;
  }

  public Charge charge() {
    return charge;
  }

  public boolean allowed() {
    return allowed;
  }

  /** Whether the node decided by itself, while the store gave no answer. */
  public boolean isDegraded() {
    return standing.receipt().isLocal();
  }

  /** Where the buckets stood when the store answered. */
  public Standing standing() {
    return standing;
  }

  /** What one bucket has left, in cost units; never negative. */
  public long left(int bucket) {
    return standing.left()[bucket] + unspent;
  }

  /** Whole seconds until one bucket's window ends or it is full again, rounded up; at least 1. */
  public long resetSeconds(int bucket) {
    return Math.max(1, (standing.resetMillis()[bucket] - agoMillis() + 999) / 1_000);
  }

  /**
   * Milliseconds until a bucket that refused the request may let it pass; at least 0. Permits of a
   * concurrency limit may come back at any time, which counts as 0.
   */
  public long retryMillis(int bucket) {
    return Math.max(0, standing.retryMillis()[bucket] - agoMillis());
  }

  private long agoMillis() {
    return (nowNanos - standing.askedNanos()) / 1_000_000;
  }

  /** The number of the window in which one bucket was, or would have been, charged. */
  public long window(int bucket) {
    return standing.receipt().windows()[bucket];
  }

  /** For whom, and under which limits, the request was refused. */
  public List<Subject> violated() {
    List<Subject> violated = new ArrayList<>(1);
    int bucket = 0;
    for (Subject subject : charge.subjects()) {
      int end = bucket + subject.limit().quotas().size();
      boolean any = false;
      for (; bucket < end; bucket++) {
        any |= violated(bucket);
      }
      if (any) {
        violated.add(subject);
      }
    }
    return violated;
  }

  /** Whether one bucket is why the request was refused: it has less left than the request costs. */
  public boolean violated(int bucket) {
    return !allowed && left(bucket) < charge.cost();
  }
}
