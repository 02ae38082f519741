package io.apitwo.limit;

/** How much one client may use of one bucket, in cost units (a plain request costs one). */
public sealed interface Quota permits WindowQuota, RateQuota, ConcurrencyQuota {
  /** Fifteen digits: the largest integer that an RFC 9651 header may carry. */
  long MOST = 999_999_999_999_999L;

  /** What an unused bucket holds; 1 to {@value #MOST}. No charge can cost more. */
  long amount();

  /** What refusals and policies call the bucket: its window, else its algorithm. */
  String word();

  /** In how many seconds an empty bucket is full again, nominally; 0 where time does not tell. */
  long nominalSeconds();

  /**
   * What one of so many nodes may grant alone, so that all of them together grant no more than this
   * quota; at least 1, so that none of them refuses everything.
   */
  Quota share(int nodes);

  /**
   * So many times as much, rounded, within what there can be and at least 1.
   *
   * @param factor more than 0, at most 1,000
   */
  Quota times(double factor);

  /** An amount so many times, rounded, 1 to a maximum. */
  static long times(long amount, double factor, long most) {
    return Math.max(1, Math.round(Math.min(most, amount * factor)));
  }

  /** The same bucket, with as much in it as there can be. */
  Quota endless();

  /** A quota of a calendar window. */
  static WindowQuota of(Window window, long amount) {
    return new WindowQuota(window, amount);
  }

  /** Checks an amount. */
  static void check(String what, long amount) {
    if (amount < 1 || amount > MOST) {
      throw new IllegalArgumentException(what + ": " + amount + " (expected: 1 to " + MOST + ")");
    }
  }
}
