package io.apitwo.limit;

/**
 * Equal charges that wait for one answer.
 *
 * @param charge what each of them asks for
 * @param count how many they are; none when only a lease is wished for
 * @param wish how many more the asker would like to hold on lease; 0 for none
 */
public record Demand(Charge charge, int count, int wish) {
  public Demand {
    if (count < 0 || wish < 0 || (count == 0 && wish == 0)) {
      throw new IllegalArgumentException(
          "count: " + count + ", wish: " + wish + " (expected: >= 0, and one of them >= 1)");
    }
  }

  /** Without a wish. */
  public Demand(Charge charge, int count) {
    this(charge, count, 0);
  }
}
