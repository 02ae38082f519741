package io.apitwo.limit;

/**
 * Charges whose hold on their buckets ends. Sent at most once: what becomes of a lost one is that
 * its quota stays used until its windows end, or until its holder says again what it holds.
 *
 * @param count how many charges; at least one
 * @param receipt of the grant they came with
 * @param spent whether the requests were served. Then only concurrency comes back; else also what
 *     was counted in fixed windows. Tokens and sliding windows get nothing back: what has drained
 *     meanwhile would come back twice
 */
public record Return(Charge charge, long count, Receipt receipt, boolean spent) {
  /** Of charges that were paid for and will not be spent. */
  public Return(Charge charge, long count, Receipt receipt) {
    this(charge, count, receipt, false);
  }

  public Return {
    if (count < 1) {
      throw new IllegalArgumentException("count: " + count + " (expected: >= 1)");
    }
  }
}
