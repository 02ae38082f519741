package io.apitwo.limit;

/**
 * Where the buckets of a charge stood when a store answered. Arrays are indexed by bucket, in the
 * order of {@link Charge}; nobody changes them.
 *
 * @param left what each bucket has left, in cost units, after all that was granted and leased;
 *     never negative
 * @param resetMillis for each bucket the milliseconds from {@code askedNanos} until its window
 *     ends, or its tokens are all back; at least 1; 0 for concurrency, which time does not bring
 *     back
 * @param retryMillis for each bucket that has less left than the charge costs, the milliseconds
 *     from {@code askedNanos} after which the charge may fit: not before, unless something is given
 *     back. The end of a fixed window; 0 for concurrency
 * @param askedNanos the instant of the nano clock at which the store was asked. The store looked at
 *     its own clock later, so a window counted from here ends too early rather than too late
 * @param othersMillis for how long, from {@code askedNanos}, quota that somebody leased may still
 *     come back; 0 when nobody holds any
 * @param receipt what was charged, for giving back
 */
public record Standing(
    long[] left,
    long[] resetMillis,
    long[] retryMillis,
    long askedNanos,
    long othersMillis,
    Receipt receipt) {

  /** Of fixed windows alone. */
  public Standing(
      long[] left, long[] resetMillis, long askedNanos, long othersMillis, Receipt receipt) {
    this(left, resetMillis, resetMillis, askedNanos, othersMillis, receipt);
  }

  /** When the first of the buckets' windows ends, on the nano clock. */
  public long validUntilNanos() {
    long shortest = Long.MAX_VALUE;
    for (long millis : resetMillis) {
      shortest = Math.min(shortest, millis);
    }
    return askedNanos + shortest * 1_000_000;
  }
}
