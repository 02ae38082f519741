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
 *     back. The end of a fixed window; 0 for concurrency. For other buckets it says nothing
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
  /** How long an answer is good for that no window ends. */
  public static final long LONGEST_MILLIS = 60_000;

  /** Of fixed windows alone. */
  public Standing(
      long[] left, long[] resetMillis, long askedNanos, long othersMillis, Receipt receipt) {
    this(left, resetMillis, resetMillis, askedNanos, othersMillis, receipt);
  }

  /**
   * Until when the answer may be acted upon, on the nano clock: until the first of the buckets'
   * windows ends. Tokens and permits that were taken stay taken, so without windows it is {@value
   * #LONGEST_MILLIS} ms, after which whoever asked has certainly left.
   */
  public long validUntilNanos() {
    long shortest = LONGEST_MILLIS;
    boolean hasWindow = false;
    for (int i = 0; i < resetMillis.length; i++) {
      if (receipt.windows()[i] != Receipt.NO_WINDOW) {
        shortest = hasWindow ? Math.min(shortest, resetMillis[i]) : resetMillis[i];
        hasWindow = true;
      }
    }
    return askedNanos + shortest * 1_000_000;
  }
}
