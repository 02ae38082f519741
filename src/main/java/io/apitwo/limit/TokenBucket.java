package io.apitwo.limit;

/**
 * What one client owes a bucket of tokens: the generic cell rate algorithm (ITU-T I.371), kept as a
 * debt that drains at a steady rate. The specification of token buckets, and the record that the
 * embedded store keeps. Whatever the schedule, what passes in a time t is at most {@code burst +
 * rate × t}.
 *
 * <p>Exact: the debt is a whole number of the quota's units ({@link RateQuota}). When rules change
 * the rate, the debt is converted in double precision, as Lua does, and rounded up; what is owed
 * beyond {@link RateQuota#MOST_UNITS} of the new rate's units is forgiven. The time since the last
 * charge then counts at the new rate. Time that runs backwards drains nothing.
 *
 * <p>Not safe for use by several threads.
 */
public final class TokenBucket {
  private long atMicros = Long.MIN_VALUE;
  private long debt;
  private long unit = 1;

  /** A full one. */
  public TokenBucket() {}

  /** One that owes as much as another. */
  public TokenBucket(TokenBucket other) {
    this.atMicros = other.atMicros;
    this.debt = other.debt;
    this.unit = other.unit;
  }

  /** What is left now, in whole tokens; never negative. */
  public long left(RateQuota quota, long nowMicros) {
    settle(quota, nowMicros);
    return Math.max(0, quota.burst() * quota.unit() - debt) / quota.unit();
  }

  /** Takes tokens, which the caller has found to be there. */
  public void charge(RateQuota quota, long cost, long nowMicros) {
    settle(quota, nowMicros);
    debt += cost * quota.unit();
  }

  /** Milliseconds until the bucket is full again, rounded up; at least 1. */
  public long resetMillis(RateQuota quota, long nowMicros) {
    settle(quota, nowMicros);
    return millisToDrain(quota, debt, nowMicros);
  }

  /**
   * Milliseconds until a cost fits that does not fit now, if nobody takes tokens meanwhile, rounded
   * up; at least 1.
   *
   * @param cost at most the burst
   */
  public long retryMillis(RateQuota quota, long cost, long nowMicros) {
    settle(quota, nowMicros);
    return millisToDrain(quota, debt - (quota.burst() - cost) * quota.unit(), nowMicros);
  }

  /**
   * Whether the bucket is full, so that forgetting it changes nothing.
   *
   * @param quota of the last charge
   */
  public boolean isOver(RateQuota quota, long nowMicros) {
    settle(quota, nowMicros);
    return debt == 0;
  }

  private long millisToDrain(RateQuota quota, long units, long nowMicros) {
    long micros = Math.max(0, atMicros - nowMicros) + ceilDiv(Math.max(0, units), quota.refill());
    return Math.max(1, ceilDiv(micros, 1_000));
  }

  /** Brings the record to this instant and to the quota's units. */
  private void settle(RateQuota quota, long nowMicros) {
    if (unit != quota.unit()) {
      double converted = Math.ceil((double) debt * quota.unit() / unit);
      debt = (long) Math.min(RateQuota.MOST_UNITS, converted);
      unit = quota.unit();
    }
    if (nowMicros <= atMicros) {
      return;
    }
    long elapsed = debt == 0 ? 0 : nowMicros - atMicros;
    debt = elapsed >= ceilDiv(debt, quota.refill()) ? 0 : debt - elapsed * quota.refill();
    atMicros = nowMicros;
  }

  private static long ceilDiv(long a, long b) {
    return a / b + (a % b == 0 ? 0 : 1);
  }
}
