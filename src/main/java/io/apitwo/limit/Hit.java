package io.apitwo.limit;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What passed without the store's word and is to be charged to it: of one client and limit, for
 * each of the limit's quotas the window and how much passed in it. Nobody changes the arrays.
 *
 * @param windows for each quota the number of the window; {@value Receipt#NO_WINDOW} for tokens
 * @param amounts for each quota how much passed in that window, in cost units; 0 for nothing
 * @param endsNanos for each quota the instant of the nano clock at which that window ends, or at
 *     which the tokens would all have come back
 */
public record Hit(Subject subject, long[] windows, long[] amounts, long[] endsNanos) {
  /**
   * This hit and another one of the same subject; of each quota the later window alone, and never
   * less than nothing, should the other one take back.
   */
  public Hit plus(Hit other) {
    long[] sums = new long[amounts.length];
    long[] latest = new long[amounts.length];
    long[] ends = new long[amounts.length];
    for (int i = 0; i < sums.length; i++) {
      boolean older = windows[i] < other.windows[i];
      sums[i] = older ? 0 : amounts[i];
      sums[i] = Math.max(0, sums[i] + (other.windows[i] < windows[i] ? 0 : other.amounts[i]));
      latest[i] = Math.max(windows[i], other.windows[i]);
      ends[i] = older ? other.endsNanos[i] : endsNanos[i];
      if (subject.limit().quotas().get(i) instanceof RateQuota rate) {
        ends[i] = drained(rate, other, i);
      }
    }
    return new Hit(subject, latest, sums, ends);
  }

  /** When the tokens of both have come back, one after the other. */
  private long drained(RateQuota rate, Hit other, int i) {
    if (other.amounts[i] < 0) {
      return endsNanos[i] - rate.drainNanos(-other.amounts[i]);
    }
    long began = other.endsNanos[i] - rate.drainNanos(other.amounts[i]);
    return Math.max(endsNanos[i] - began, 0) + other.endsNanos[i];
  }

  /**
   * Without what is over: windows that have ended, tokens that have come back; null for nothing.
   */
  public @Nullable Hit openAt(long nowNanos) {
    long[] open = new long[amounts.length];
    long any = 0;
    for (int i = 0; i < open.length; i++) {
      long leftNanos = endsNanos[i] - nowNanos;
      open[i] = leftNanos > 0 ? amounts[i] : 0;
      if (subject.limit().quotas().get(i) instanceof RateQuota rate) {
        open[i] = Math.min(amounts[i], rate.owed(leftNanos));
      }
      any |= open[i];
    }
    return any == 0 ? null : new Hit(subject, windows, open, endsNanos);
  }

  /** How much passed in the longest of its windows, in cost units. */
  public long amount() {
    return amounts[amounts.length - 1];
  }

  /**
   * A charge of one unit that nothing exceeds and that counts for one of the quotas alone, with the
   * limit's own name, algorithm and phase.
   */
  public Charge unit(int quota) {
    Limit limit = subject.limit();
    Limit endless = limit.with(List.of(limit.quotas().get(quota).endless()));
    return new Charge(List.of(new Subject(endless, subject.client())), 1);
  }
}
