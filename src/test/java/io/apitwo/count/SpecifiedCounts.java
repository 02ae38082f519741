package io.apitwo.count;

import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Charge;
import io.apitwo.limit.ConcurrencyQuota;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Lease;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Permits;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Return;
import io.apitwo.limit.Subject;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What several nodes count together, by the specifications in {@code limit} alone: the same answers
 * as the scripts must give, from records that are never packed and never expire.
 */
final class SpecifiedCounts {
  private final int holders;
  private final int perNode;
  private final boolean leases;
  private final Map<List<Object>, Tally> windows = new HashMap<>();
  private final Map<List<Object>, List<Taken>> tokens = new HashMap<>();
  private final Map<List<Object>, Permits> permits = new HashMap<>();

  private record Taken(Limit limit, Quota quota, long cost, long atMicros) {}

  /** When what was owed at the last charge was paid back by the rate of then, in milliseconds. */
  private final Map<List<Object>, Double> forgotten = new HashMap<>();

  /** What a holder says of a subject with its call. */
  record Word(long sequence, long holds) {}

  /** What a charge's buckets say after a decision. */
  record Outcome(
      int granted, long leased, long[] left, long[] windows, long[] reset, long[] retry) {}

  /**
   * @param leases whether anything is leased at all
   */
  SpecifiedCounts(int holders, int perNode, boolean leases) {
    this.holders = holders;
    this.perNode = perNode;
    this.leases = leases;
  }

  private static List<Object> key(Subject subject) {
    return List.of(subject.limit().name(), subject.limit().algorithm(), subject.client());
  }

  private Permits permits(Subject subject) {
    return permits.computeIfAbsent(key(subject), none -> new Permits());
  }

  /**
   * The counts of a subject; of tokens made from all that was taken, so that reading changes none.
   */
  private Tally tally(Subject subject, long now) {
    if (now / 1_000.0 >= Math.ceil(forgotten.getOrDefault(key(subject), Double.MAX_VALUE))) {
      tokens.remove(key(subject)); // also when the rate is slower now
    }
    return tally(subject);
  }

  private Tally tally(Subject subject) {
    if (subject.limit().algorithm() != Algorithm.TOKEN_BUCKET) {
      return windows.computeIfAbsent(
          key(subject), none -> Tally.of(subject.limit(), subject.client(), 0));
    }
    Tally tally = Tally.of(subject.limit(), subject.client(), 0);
    for (Taken taken : tokens.getOrDefault(key(subject), List.of())) {
      tally.charge(taken.limit, taken.quota, taken.cost, taken.atMicros);
    }
    return tally;
  }

  /**
   * Decides a demand.
   *
   * @param words by subject, for those of concurrency limits
   */
  Outcome settle(long holder, Demand demand, Map<Subject, Word> words, long now) {
    Charge charge = demand.charge();
    long[] left = left(holder, charge, words, now);
    long fits = Arrays.stream(left).min().orElseThrow() / charge.cost();
    int granted = (int) Math.min(demand.count(), fits);
    long leased = granted < demand.count() ? 0 : leased(demand, left, now);
    long paid = (granted + leased) * charge.cost();
    for (Subject subject : charge.subjects()) {
      if (subject.limit().algorithm() == Algorithm.CONCURRENCY) {
        Word word = words.get(subject);
        hold(holder, subject, new Word(word.sequence, word.holds + paid), now);
      } else if (paid > 0) {
        take(subject, paid, now);
      }
    }
    return outcome(charge, granted, leased, paid, left, now);
  }

  private long[] left(long holder, Charge charge, Map<Subject, Word> words, long now) {
    List<Long> left = new ArrayList<>();
    for (Subject subject : charge.subjects()) {
      for (Quota quota : subject.limit().quotas()) {
        Word word = words.get(subject);
        left.add(
            quota instanceof ConcurrencyQuota most
                ? permits(subject).left(most, holder, word.sequence, word.holds, now)
                : tally(subject, now).left(subject.limit(), quota, now));
      }
    }
    return left.stream().mapToLong(Long::longValue).toArray();
  }

  private long leased(Demand demand, long[] left, long now) {
    Charge charge = demand.charge();
    if (!leases || !charge.isLeasable() || demand.wish() == 0) {
      return 0;
    }
    long shortest = Long.MAX_VALUE;
    long most = Long.MAX_VALUE;
    int bucket = 0;
    for (Subject subject : charge.subjects()) {
      for (Quota quota : subject.limit().quotas()) {
        shortest = Math.min(shortest, tally(subject).resetMillis(subject.limit(), quota, now));
        long spare = left[bucket++] - demand.count() * charge.cost();
        long inBucket = Lease.most(quota.amount(), spare, holders, perNode) / charge.cost();
        most = Math.min(most, inBucket);
      }
    }
    return Math.min(most, Lease.timely(demand.wish(), shortest));
  }

  private void take(Subject subject, long paid, long now) {
    for (Quota quota : subject.limit().quotas()) {
      if (subject.limit().algorithm() == Algorithm.TOKEN_BUCKET) {
        tokens
            .computeIfAbsent(key(subject), none -> new ArrayList<>())
            .add(new Taken(subject.limit(), quota, paid, now));
        long millis = tally(subject).resetMillis(subject.limit(), quota, now);
        forgotten.put(key(subject), now / 1_000.0 + millis + 1_000);
      } else {
        tally(subject).charge(subject.limit(), quota, paid, now);
      }
    }
  }

  private Outcome outcome(
      Charge charge, int granted, long leased, long paid, long[] before, long now) {
    long[] left = Arrays.stream(before).map(each -> each - paid).toArray();
    long[] numbers = new long[left.length];
    long[] reset = new long[left.length];
    long[] retry = new long[left.length];
    int bucket = 0;
    for (Subject subject : charge.subjects()) {
      Tally tally = tally(subject);
      for (Quota quota : subject.limit().quotas()) {
        if (!(quota instanceof ConcurrencyQuota)) {
          numbers[bucket] = tally.window(subject.limit(), quota, now);
          reset[bucket] = tally.resetMillis(subject.limit(), quota, now);
          if (left[bucket] < charge.cost() && charge.cost() <= quota.amount()) {
            retry[bucket] = tally.retryMillis(subject.limit(), quota, charge.cost(), now);
          }
        }
        bucket++;
      }
    }
    return new Outcome(granted, leased, left, numbers, reset, retry);
  }

  /** Takes a holder's word. */
  void hold(long holder, Subject subject, Word word, long now) {
    long until = now + RedisPermits.HELD_MILLIS * 1_000L;
    permits(subject).hold(holder, word.sequence, word.holds, until, now);
  }

  /** Takes fixed windows back. */
  void giveBack(Return unspent) {
    int bucket = 0;
    for (Subject subject : unspent.charge().subjects()) {
      for (Quota quota : subject.limit().quotas()) {
        long window = unspent.receipt().windows()[bucket++];
        if (subject.limit().algorithm() == Algorithm.FIXED) {
          long cost = unspent.count() * unspent.charge().cost();
          tally(subject).giveBack(quota, window, cost, false);
        }
      }
    }
  }
}
