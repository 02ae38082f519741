package io.apitwo.limit;

/**
 * Charges that were paid for and will not be spent. Sent at most once: what becomes of a lost one
 * is that its quota stays used until its windows end.
 *
 * @param count how many charges; at least one
 * @param receipt of the grant they came with
 */
public record Return(Charge charge, long count, Receipt receipt) {
  public Return {
    if (count < 1) {
      throw new IllegalArgumentException("count: " + count + " (expected: >= 1)");
    }
  }
}
