package io.apitwo.limit;

/**
 * A store's answer to a {@link Demand}: how many of its charges passed, and where every bucket
 * stands after them. Those that passed are the first ones; the others charged nothing.
 */
public final class Grant {
  private final int granted;
  private final long[] left;
  private final long[] resetMillis;

  /**
   * @param granted how many of the demand's charges passed
   * @param left for each bucket of the charge what it has left, in cost units, after those charges;
   *     never negative
   * @param resetMillis for each bucket the milliseconds until its window ends; at least 1
   */
  public Grant(int granted, long[] left, long[] resetMillis) {
    this.granted = granted;
    this.left = left;
    this.resetMillis = resetMillis;
  }

  public int granted() {
    return granted;
  }

  /** What one bucket has left, in cost units, after all that was granted. */
  public long left(int bucket) {
    return left[bucket];
  }

  /** How long until one bucket's window ends, in milliseconds. */
  public long resetMillis(int bucket) {
    return resetMillis[bucket];
  }

  /**
   * The decision for one of the demand's charges.
   *
   * @param charge the demand's charge
   * @param position 0 for the charge that came first
   */
  public Decision decision(Charge charge, int position) {
    if (position >= granted) {
      return new Decision(charge, false, left, resetMillis);
    }
    long spentAfter = (granted - 1L - position) * charge.cost();
    if (spentAfter == 0) {
      return new Decision(charge, true, left, resetMillis);
    }
    long[] leftThen = left.clone();
    for (int i = 0; i < leftThen.length; i++) {
      leftThen[i] += spentAfter;
    }
    return new Decision(charge, true, leftThen, resetMillis);
  }
}
