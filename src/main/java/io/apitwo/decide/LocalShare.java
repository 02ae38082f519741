package io.apitwo.decide;

import io.apitwo.bus.Forget;
import io.apitwo.count.EmbeddedStore;
import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Hit;
import io.apitwo.limit.Limit;
import io.apitwo.limit.OnStoreFailure;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Receipt;
import io.apitwo.limit.Return;
import io.apitwo.limit.Standing;
import io.apitwo.limit.Subject;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * What a node grants by itself while the store cannot say: its share of each limit, which is the
 * limit divided by the nodes but at least one unit, so that all of them together grant no more than
 * the limit once, or one unit each where there are more nodes than units. What costs more than the
 * share does not pass. Where the store had last said that less than half was left of a window, the
 * share is that part of what was left. A share that was used up in one outage stays so in the next
 * one of the same window.
 *
 * <p>Limits that allow everything then are counted all the same, without an end, so that their hits
 * can be charged later.
 *
 * <p>Confined to one thread.
 */
final class LocalShare {
  /** For how many clients, once for each limit, it is remembered how little was left. */
  static final int MOST_SEEN = 32_768;

  private static final int MOST_LIMITS = 4_096;

  private final EmbeddedStore counts;
  private final Map<Limit, Limit> shares = new HashMap<>();
  private final Map<Subject, Seen> seen = new LinkedHashMap<>();
  private int nodes = 1;

  /** What the store had last said of one client's windows. */
  private record Seen(long[] windows, long[] left) {}

  /**
   * @param clock the store's wall time, as well as it is known; what runs backwards is held
   * @param nanoClock elapsed time
   * @param most how many counters are kept apart
   */
  LocalShare(InstantSource clock, LongSupplier nanoClock, int most) {
    this.counts = new EmbeddedStore(new Forward(clock), nanoClock, most, 1);
  }

  /** Time that never runs backwards, when the store's clock turns out to be behind. */
  private static final class Forward implements InstantSource {
    private final InstantSource clock;
    private Instant latest = Instant.MIN;

    Forward(InstantSource clock) {
      this.clock = clock;
    }

    @Override
    public Instant instant() {
      Instant now = clock.instant();
      latest = now.isAfter(latest) ? now : latest;
      return latest;
    }
  }

  /**
   * Decides at once. What is granted carries a local receipt, and nothing of it is leased.
   *
   * @param liveNodes how many nodes share each limit; at least 1
   */
  Grant decide(Charge charge, int count, int liveNodes) {
    if (liveNodes != nodes || shares.size() > MOST_LIMITS) {
      nodes = liveNodes;
      shares.clear();
    }
    Charge mine = share(charge);
    recall(charge, mine);
    return local(charge, settle(new Demand(mine, count)));
  }

  private Grant settle(Demand demand) {
    return counts.settle(List.of(demand)).result().get(0);
  }

  private Charge share(Charge charge) {
    List<Subject> subjects = new ArrayList<>(charge.subjects().size());
    for (Subject subject : charge.subjects()) {
      subjects.add(share(subject));
    }
    return new Charge(subjects, charge.cost());
  }

  private Subject share(Subject subject) {
    Limit share = shares.computeIfAbsent(subject.limit(), limit -> share(limit, nodes));
    return new Subject(share, subject.client());
  }

  private static Limit share(Limit limit, int nodes) {
    if (limit.onStoreFailure() != OnStoreFailure.ALLOW) {
      return limit.share(nodes);
    }
    List<Quota> endless = limit.quotas().stream().map(Quota::endless).toList();
    return new Limit(
        limit.name() + " (allow)",
        limit.algorithm(),
        endless,
        limit.accuracy(),
        limit.onStoreFailure(),
        limit.phased());
  }

  /** Takes from the shares what the store had last said to be used. */
  private void recall(Charge charge, Charge mine) {
    if (seen.isEmpty()) {
      return;
    }
    Standing now = null;
    int bucket = 0;
    for (int i = 0; i < charge.subjects().size(); i++) {
      Subject subject = charge.subjects().get(i);
      Seen last = seen.remove(subject);
      if (last != null && subject.limit().onStoreFailure() == OnStoreFailure.LOCAL) {
        now = now == null ? settle(new Demand(mine, 0)).standing() : now;
        lower(mine.subjects().get(i), last, now, bucket);
      }
      bucket += subject.limit().quotas().size();
    }
  }

  private void lower(Subject subject, Seen last, Standing now, int firstBucket) {
    long[] amounts = new long[last.left.length];
    for (int i = 0; i < amounts.length; i++) {
      boolean same = last.windows[i] == now.receipt().windows()[firstBucket + i];
      long excess = now.left()[firstBucket + i] - last.left[i] / nodes;
      amounts[i] = same ? Math.max(0, excess) : 0;
    }
    counts.charge(List.of(new Hit(subject, last.windows, amounts, new long[amounts.length])));
  }

  /** How many counters are kept apart. */
  int size() {
    return counts.size();
  }

  /** Of how many clients, once for each limit, it is known how little was left. */
  int seen() {
    return seen.size();
  }

  /** Notes how little the store says is left. */
  void noteLeft(Charge charge, Standing standing) {
    long[] left = standing.left();
    int bucket = 0;
    for (Subject subject : charge.subjects()) {
      int from = bucket;
      boolean low = false;
      for (Quota quota : subject.limit().quotas()) {
        low |= 2 * left[bucket++] < quota.amount();
      }
      if (low && subject.limit().algorithm() == Algorithm.FIXED) {
        note(subject, from, bucket, standing);
      }
    }
  }

  private void note(Subject subject, int from, int to, Standing standing) {
    seen.remove(subject); // so that it is the newest one afterwards
    if (seen.size() >= MOST_SEEN) {
      seen.remove(seen.keySet().iterator().next());
    }
    long[] windows = Arrays.copyOfRange(standing.receipt().windows(), from, to);
    seen.put(subject, new Seen(windows, Arrays.copyOfRange(standing.left(), from, to)));
  }

  /** Forgets what a client has used here, and how little the store had said was left. */
  void forget(Forget forgotten) {
    seen.keySet().removeIf(forgotten::concerns);
    counts.reset(forgotten.subjects().stream().map(this::share).toList());
  }

  /** Takes back what was granted here. */
  void giveBack(Return back) {
    Charge mine = share(back.charge());
    counts.giveBack(List.of(new Return(mine, back.count(), back.receipt(), back.reason())));
  }

  /** Where there is no end, at most the quota is left. */
  private static Grant local(Charge charge, Grant grant) {
    Standing standing = grant.standing();
    long[] left = standing.left();
    int bucket = 0;
    for (Subject subject : charge.subjects()) {
      for (Quota quota : subject.limit().quotas()) {
        left[bucket] = Math.min(left[bucket], quota.amount());
        bucket++;
      }
    }
    Receipt counted = standing.receipt();
    return new Grant(
        grant.granted(),
        0,
        new Standing(
            left,
            standing.resetMillis(),
            standing.retryMillis(),
            standing.askedNanos(),
            standing.othersMillis(),
            new Receipt(Receipt.LOCAL, counted.epochs(), counted.windows())));
  }
}
