package io.apitwo.limit;

/**
 * Equal charges that wait for one answer.
 *
 * @param charge what each of them asks for
 * @param count how many they are; 0 to ask where the buckets stand, or for a lease alone
 * @param wish how many more the asker would like to hold on lease; 0 for none
 */
public record Demand(Charge charge, int count, int wish) {
  public Demand {
    if (count < 0) {
      throw new IllegalArgumentException("count: " + count + " (expected: >= 0)");
    }
    if (wish < 0) {
      throw new IllegalArgumentException("wish: " + wish + " (expected: >= 0)");
    }
  }

  /** Without a wish. */
  public Demand(Charge charge, int count) {
    this(charge, count, 0);
  }
}
