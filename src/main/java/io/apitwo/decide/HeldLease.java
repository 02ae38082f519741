package io.apitwo.decide;

import io.apitwo.limit.Grant;
import io.apitwo.limit.Standing;

/**
 * What a loop holds of one charge on lease: charges that are paid for. Confined to one event loop.
 */
final class HeldLease {
  /** Clocks that tell milliseconds may be one behind. */
  static final long LEAD_MILLIS = 1;

  /** What is left of a lease when more is asked for: an eighth, and time enough for the answer. */
  private static final int REFILL_SHARE = 8;

  private static final long NO_REFILL = -1;
  private static final long MILLI = 1_000_000L;

  private Standing standing;
  private long tokens;
  private long refillAt;
  private long mostTokens;
  private long leasedNanos;
  private long usedNanos;
  private long validUntilNanos;

  /**
   * @param grant leases at least one
   * @param wished how many were wished for
   */
  HeldLease(Grant grant, int wished, long nowNanos) {
    this.standing = grant.standing();
    add(grant, wished, nowNanos);
  }

  /** Adds what was leased of the same windows. */
  void add(Grant grant, int wished, long nowNanos) {
    standing = grant.standing();
    tokens += grant.leased();
    refillAt = Math.max(1, tokens / REFILL_SHARE);
    mostTokens = grant.leased() < wished ? tokens : Long.MAX_VALUE;
    leasedNanos = nowNanos;
    usedNanos = nowNanos;
    validUntilNanos = standing.validUntilNanos() - LEAD_MILLIS * MILLI;
  }

  /** Where the buckets stood when it was granted. */
  Standing standing() {
    return standing;
  }

  /** How many charges it has left. */
  long tokens() {
    return tokens;
  }

  /** How many charges the store is known to lease at most. */
  long mostTokens() {
    return mostTokens;
  }

  /** Takes one charge. */
  void spend(long nowNanos) {
    tokens--;
    usedNanos = nowNanos;
  }

  /** Adds one charge that was spent and is refunded. */
  void putBack() {
    tokens++;
  }

  /** Whether it has become low, which it says once. */
  boolean takeLow() {
    if (tokens > refillAt) {
      return false;
    }
    refillAt = NO_REFILL;
    return true;
  }

  boolean isOver(long nowNanos) {
    return nowNanos - validUntilNanos >= 0;
  }

  /** Whether nobody has spent of it for longer than that. */
  boolean isIdle(long nanos, long nowNanos) {
    return nowNanos - usedNanos > nanos;
  }

  /** Whether it was leased longer ago than that. */
  boolean isHeldFor(long nanos, long nowNanos) {
    return nowNanos - leasedNanos > nanos;
  }
}
