package io.apitwo.decide;

import io.apitwo.limit.Charge;
import io.apitwo.limit.Standing;
import org.jspecify.annotations.Nullable;

/**
 * A refusal that a loop remembers, and for how long it believes it.
 *
 * <p>A first refusal is taken for a moment's: quota may be on its way back that no lease explains,
 * such as what was granted too late. One that holds after {@value #TRIAL_MILLIS} ms is believed
 * until the shortest window ends. While leased quota of others may still come back, where requests
 * may be refunded, or where the node decided without the store, it is believed for {@value
 * #DOUBT_MILLIS} ms.
 *
 * @param sinceNanos when the first of a row of refusals came
 * @param untilNanos until when it is believed
 */
record RememberedRefusal(Standing standing, long sinceNanos, long untilNanos) {
  static final long DOUBT_MILLIS = 100;
  static final long TRIAL_MILLIS = 1_000;
  private static final long MILLI = 1_000_000L;

  /**
   * @param before what was remembered of the same charge, if anything
   */
  static RememberedRefusal after(
      @Nullable RememberedRefusal before, Charge charge, Standing refusal, long nowNanos) {
    boolean follows =
        before != null
            && !before.standing.receipt().isLocal()
            && nowNanos - before.standing.validUntilNanos() < 0;
    long since = follows ? before.sinceNanos : nowNanos;
    boolean leased = refusal.othersMillis() * MILLI - (nowNanos - refusal.askedNanos()) > 0;
    boolean inDoubt = leased || charge.isRefundable() || refusal.receipt().isLocal();
    boolean onTrial = nowNanos - since < TRIAL_MILLIS * MILLI;
    long end = refusal.validUntilNanos();
    long doubtEnd = nowNanos + DOUBT_MILLIS * MILLI;
    long trialEnd = since + TRIAL_MILLIS * MILLI;
    long until = inDoubt ? doubtEnd : onTrial ? trialEnd : end;
    return new RememberedRefusal(refusal, since, until - end < 0 ? until : end);
  }

  boolean isBelieved(long nowNanos) {
    return nowNanos - untilNanos < 0;
  }
}
