package io.apitwo.limit;

/**
 * Equal charges that wait for one answer.
 *
 * @param charge what each of them asks for
 * @param count how many they are; at least one
 */
public record Demand(Charge charge, int count) {
  public Demand {
    if (count < 1) {
      throw new IllegalArgumentException("count: " + count + " (expected: >= 1)");
    }
  }
}
