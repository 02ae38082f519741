package io.apitwo.count;

import io.apitwo.limit.Charge;
import io.apitwo.limit.Lease;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Receipt;
import io.apitwo.limit.Standing;
import io.apitwo.limit.Subject;
import java.util.Arrays;

/**
 * A charge together with the tallies that it counts in, at one instant (in microseconds): what fits
 * into all of them, and what they say once it was taken.
 *
 * <p>Not safe for use by several threads.
 */
final class TalliedCharge {
  private final Charge charge;
  private final long now;
  private final Tally[] tallies;
  private final long[] left;

  TalliedCharge(Charge charge, TallyTable table, long now) {
    this.charge = charge;
    this.now = now;
    this.tallies = new Tally[charge.subjects().size()];
    this.left = new long[charge.buckets()];
    table.makeRoom(tallies.length, now);
    for (int i = 0; i < tallies.length; i++) {
      tallies[i] = table.of(charge.subjects().get(i), now);
    }
    each((tally, subject, quota, bucket) -> left[bucket] = tally.left(subject.limit(), quota, now));
  }

  private interface Bucket {
    void visit(Tally tally, Subject subject, Quota quota, int number);
  }

  private void each(Bucket bucket) {
    int number = 0;
    for (int i = 0; i < tallies.length; i++) {
      Subject subject = charge.subjects().get(i);
      for (Quota quota : subject.limit().quotas()) {
        bucket.visit(tallies[i], subject, quota, number++);
      }
    }
  }

  /** How often the charge fits into what is left everywhere. */
  long fits() {
    return Arrays.stream(left).min().orElse(0) / charge.cost();
  }

  /**
   * How many charges may be leased beside those that pass.
   *
   * @param holders who may hold leases at once
   */
  long leasable(int passing, int wish, int holders) {
    if (wish == 0 || !charge.isLeasable()) {
      return 0;
    }
    long[] most = {Lease.timely(wish, shortestMillis())};
    each(
        (tally, subject, quota, bucket) -> {
          long spare = left[bucket] - passing * charge.cost();
          long inBucket = Lease.most(quota.amount(), spare, holders, holders) / charge.cost();
          most[0] = Math.min(most[0], inBucket);
        });
    return most[0];
  }

  private long shortestMillis() {
    return Arrays.stream(resetMillis()).min().orElse(0);
  }

  /** Takes so many charges, which the caller has found to fit. */
  void take(long charges, long leased) {
    if (charges + leased == 0) {
      return; // not even an empty count: what is refused takes no memory
    }
    long cost = (charges + leased) * charge.cost();
    each(
        (tally, subject, quota, bucket) -> {
          tally.charge(subject.limit(), quota, cost, now);
          tally.used = true;
          left[bucket] -= cost;
        });
    if (leased > 0) {
      long end = now / 1_000 + shortestMillis();
      for (Tally tally : tallies) {
        tally.leasedUntilMillis = Math.max(tally.leasedUntilMillis, end);
      }
    }
  }

  /** For how long leased quota of others may still come back, in milliseconds. */
  long othersMillis() {
    long latest = now / 1_000;
    for (Tally tally : tallies) {
      latest = Math.max(latest, tally.leasedUntilMillis);
    }
    return latest - now / 1_000;
  }

  /** Where the buckets stand now. */
  Standing standing(long askedNanos, long othersMillis) {
    long[] retryMillis = new long[left.length];
    long[] windows = new long[left.length];
    each(
        (tally, subject, quota, bucket) -> {
          windows[bucket] = tally.window(subject.limit(), quota, now);
          if (charge.cost() > quota.amount()) { // never here: the quota may be a node's share
            retryMillis[bucket] = tally.resetMillis(subject.limit(), quota, now);
          } else if (left[bucket] < charge.cost()) {
            retryMillis[bucket] = tally.retryMillis(subject.limit(), quota, charge.cost(), now);
          }
        });
    long[] epochs = Arrays.stream(tallies).mapToLong(tally -> tally.epoch).toArray();
    Receipt receipt = new Receipt(0, epochs, windows);
    return new Standing(left, resetMillis(), retryMillis, askedNanos, othersMillis, receipt);
  }

  private long[] resetMillis() {
    long[] millis = new long[left.length];
    each(
        (tally, subject, quota, bucket) ->
            millis[bucket] = tally.resetMillis(subject.limit(), quota, now));
    return millis;
  }
}
