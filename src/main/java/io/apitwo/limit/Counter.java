package io.apitwo.limit;

/**
 * What one client has used of one limit: a count for the current window of each kind. The
 * specification of fixed windows in a dozen lines, and the record that the embedded store keeps.
 *
 * <p>Counts belong to window kinds, not to quotas, so that a limit can gain, lose and change quotas
 * while its counters go on. A window number never decreases: when the clock jumps back, the newest
 * window seen stays the current one until the clock has caught up, so no window opens twice.
 *
 * <p>Not safe for use by several threads.
 */
public final class Counter implements WindowCounts {
  private static final Window[] WINDOWS = Window.values();

  private final long[] numbers = new long[WINDOWS.length];
  private final long[] used = new long[WINDOWS.length];
  private int kinds;

  /**
   * What is left of a quota now, in cost units; 0 where more was used than the quota allows today.
   */
  @Override
  public long left(WindowQuota quota, long nowMillis) {
    return Math.max(0, quota.amount() - used(quota.window(), nowMillis));
  }

  @Override
  public long used(Window window, long nowMillis) {
    return number(window, nowMillis) == numbers[window.ordinal()] && holds(window)
        ? used[window.ordinal()]
        : 0;
  }

  @Override
  public void charge(Window window, long cost, long nowMillis) {
    int i = window.ordinal();
    long number = number(window, nowMillis);
    if (!holds(window) || number != numbers[i]) {
      kinds |= 1 << i;
      numbers[i] = number;
      used[i] = 0;
    }
    used[i] += cost;
  }

  @Override
  public long number(Window window, long nowMillis) {
    long now = window.numberAt(nowMillis);
    return holds(window) ? Math.max(now, numbers[window.ordinal()]) : now;
  }

  /** Takes back what was charged in one window and not spent, if that window is still counted. */
  @Override
  public void giveBack(Window window, long number, long cost) {
    int i = window.ordinal();
    if (holds(window) && numbers[i] == number) {
      used[i] = Math.max(0, used[i] - cost);
    }
  }

  @Override
  public long resetMillis(Window window, long nowMillis) {
    return Math.max(1, window.endMillis(number(window, nowMillis)) - nowMillis);
  }

  /** When the window ends: until then nothing comes back by itself. */
  @Override
  public long retryMillis(WindowQuota quota, long cost, long nowMillis) {
    return resetMillis(quota.window(), nowMillis);
  }

  /**
   * Whether every window with a count has ended, so that forgetting this counter changes nothing.
   */
  @Override
  public boolean isOver(long nowMillis) {
    for (Window window : WINDOWS) {
      if (holds(window) && window.numberAt(nowMillis) <= numbers[window.ordinal()]) {
        return false;
      }
    }
    return true;
  }

  private boolean holds(Window window) {
    return (kinds & 1 << window.ordinal()) != 0;
  }
}
