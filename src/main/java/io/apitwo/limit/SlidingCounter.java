package io.apitwo.limit;

/**
 * What one client has used of one limit with sliding windows: for each kind a count for the current
 * window and one for the window before it, which weighs as much as is left of the current one. The
 * specification of sliding windows, and the record that the embedded store keeps.
 *
 * <p>The weighted part is computed in double precision in just this order, as Lua does, and rounded
 * up, so that every store says the same and none says too much; where a count times the window's
 * milliseconds exceeds 2^53 (3 million in a month) it may be one unit off. As with {@link Counter},
 * windows never open twice.
 *
 * <p>Not safe for use by several threads.
 */
public final class SlidingCounter implements WindowCounts {
  private static final Window[] WINDOWS = Window.values();

  private final long[] numbers = new long[WINDOWS.length];
  private final long[] current = new long[WINDOWS.length];
  private final long[] previous = new long[WINDOWS.length];
  private int kinds;

  @Override
  public long used(Window window, long nowMillis) {
    long number = number(window, nowMillis);
    return currentAt(window, number)
        + weighted(window, previousAt(window, number), number, nowMillis);
  }

  @Override
  public long left(WindowQuota quota, long nowMillis) {
    return Math.max(0, quota.amount() - used(quota.window(), nowMillis));
  }

  @Override
  public void charge(Window window, long cost, long nowMillis) {
    int i = window.ordinal();
    long number = number(window, nowMillis);
    long before = previousAt(window, number);
    long now = currentAt(window, number);
    kinds |= 1 << i;
    numbers[i] = number;
    previous[i] = before;
    current[i] = now + cost;
  }

  @Override
  public long number(Window window, long nowMillis) {
    long now = window.numberAt(nowMillis);
    return holds(window) ? Math.max(now, numbers[window.ordinal()]) : now;
  }

  @Override
  public long resetMillis(Window window, long nowMillis) {
    return Math.max(1, window.endMillis(number(window, nowMillis)) - nowMillis);
  }

  /** At most a millisecond later than need be. */
  @Override
  public long retryMillis(WindowQuota quota, long cost, long nowMillis) {
    Window window = quota.window();
    long number = number(window, nowMillis);
    long room = quota.amount() - cost;
    long now = currentAt(window, number);
    long end = window.endMillis(number);
    if (now <= room) {
      long before = previousAt(window, number);
      return Math.max(1, end - most(room - now, before, window, number) - nowMillis);
    }
    long next = window.endMillis(number + 1);
    return Math.max(1, next - most(room, now, window, number + 1) - nowMillis);
  }

  /** How much of a window may be left for a count before it to weigh no more than some room. */
  private static long most(long room, long count, Window window, long number) {
    long length = window.endMillis(number) - window.startMillis(number);
    long left = count == 0 ? length : (long) Math.min(length, (double) room * length / count);
    while (left > 0 && Math.ceil((double) count * left / length) > room) {
      left--;
    }
    return left;
  }

  /** Takes nothing back: what has lost weight meanwhile would come back whole. */
  @Override
  public void giveBack(Window window, long number, long cost) {}

  /** Whether nothing of what is counted weighs any more, so that forgetting it changes nothing. */
  @Override
  public boolean isOver(long nowMillis) {
    for (Window window : WINDOWS) {
      if (holds(window) && window.numberAt(nowMillis) <= numbers[window.ordinal()] + 1) {
        return false;
      }
    }
    return true;
  }

  private long currentAt(Window window, long number) {
    int i = window.ordinal();
    return holds(window) && numbers[i] == number ? current[i] : 0;
  }

  private long previousAt(Window window, long number) {
    int i = window.ordinal();
    if (!holds(window)) {
      return 0;
    }
    return numbers[i] == number ? previous[i] : numbers[i] == number - 1 ? current[i] : 0;
  }

  private static long weighted(Window window, long count, long number, long nowMillis) {
    long end = window.endMillis(number);
    long length = end - window.startMillis(number);
    long left = Math.min(length, Math.max(0, end - nowMillis));
    return (long) Math.ceil((double) count * left / length);
  }

  private boolean holds(Window window) {
    return (kinds & 1 << window.ordinal()) != 0;
  }
}
