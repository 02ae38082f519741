package io.apitwo.limit;

/**
 * What one client has used in the windows of one limit. The instants are those of the client's own
 * calendar ({@link Limit#shiftMillis}); costs are in cost units. Not safe for use by several
 * threads.
 */
public sealed interface WindowCounts permits Counter, SlidingCounter {
  /** The number of the current window of a kind; never less than that of one charged before. */
  long number(Window window, long nowMillis);

  /** What counts as used in the current window of a kind, rounded up. */
  long used(Window window, long nowMillis);

  /** What is left of a quota now; never negative. */
  long left(WindowQuota quota, long nowMillis);

  /** Charges the current window of a kind, which the caller has found to have that much left. */
  void charge(Window window, long cost, long nowMillis);

  /** Milliseconds until the current window of a kind ends; at least 1. */
  long resetMillis(Window window, long nowMillis);

  /**
   * Milliseconds until a cost fits that does not fit now, if nobody charges meanwhile; at least 1,
   * and never too few.
   *
   * @param cost at most the quota
   */
  long retryMillis(WindowQuota quota, long cost, long nowMillis);

  /** Takes back what was charged in one window and not spent, as far as that is possible. */
  void giveBack(Window window, long number, long cost);

  /** Whether forgetting it changes nothing. */
  boolean isOver(long nowMillis);
}
