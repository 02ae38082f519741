package io.apitwo.limit;

/**
 * How much one client may use in one window.
 *
 * @param window the calendar window
 * @param amount in cost units (a plain request costs one); 1 to {@value #MOST}
 */
public record Quota(Window window, long amount) {
  /** Fifteen digits: the largest integer that an RFC 9651 header may carry. */
  public static final long MOST = 999_999_999_999_999L;

  public Quota {
    if (amount < 1 || amount > MOST) {
      throw new IllegalArgumentException("quota: " + amount + " (expected: 1 to " + MOST + ")");
    }
  }
}
