package io.apitwo.telemetry;

import io.apitwo.limit.Charge;
import io.apitwo.limit.Decision;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Subject;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * Counts one loop's decisions in plain cells that only this loop writes: a few nanoseconds, no lock
 * and no allocation a request. Cells are found by a limit's identity, since all requests under one
 * revision of the rules share its {@link Limit}s.
 */
final class LoopMeter implements DecisionMeter {
  /** Limits of old revisions are forgotten when so many are known; their counts stay. */
  private static final int MOST_REMEMBERED = 1_024;

  private static final int LEASED = 8; // with a cache line on either side, and between the two
  private static final int STRANDED = 16;
  private static final int REFUNDED = 24;

  private final int number;
  private final DecisionSeries series;
  private final Map<Limit, Counted> remembered = new IdentityHashMap<>();
  private final TopClients tops = new TopClients();
  private final AtomicLongArray quota = new AtomicLongArray(32);

  /** Where a limit's decisions are counted; by client where there is room for that. */
  private record Counted(AtomicLongArray cells, TopClients.@Nullable OfLimit clients) {
    void requested(String client) {
      if (clients != null) {
        clients.requested(client);
      }
    }

    void count(String client, boolean allowed, Source source) {
      LimitSeries.count(cells, allowed, source);
      if (clients != null && !allowed) {
        clients.refused(client);
      }
    }
  }

  LoopMeter(int number, DecisionSeries series) {
    this.number = number;
    this.series = series;
  }

  @Override
  public void decided(Decision decision, Source source) {
    if (decision.allowed()) {
      count(decision.charge(), true, source);
    } else {
      refused(decision, source);
    }
  }

  @Override
  public void degraded(Charge charge, boolean allowed) {
    count(charge, allowed, Source.DEGRADED);
  }

  private void count(Charge charge, boolean allowed, Source source) {
    List<Subject> subjects = charge.subjects();
    for (int i = 0; i < subjects.size(); i++) {
      Counted counted = counted(subjects.get(i).limit());
      counted.requested(subjects.get(i).client());
      counted.count(subjects.get(i).client(), allowed, source);
    }
  }

  /** Counts the limits that refused; all of them when none of them alone did. */
  private void refused(Decision decision, Source source) {
    List<Subject> subjects = decision.charge().subjects();
    int bucket = 0;
    boolean found = false;
    for (int i = 0; i < subjects.size(); i++) {
      Subject subject = subjects.get(i);
      Counted counted = counted(subject.limit());
      counted.requested(subject.client());
      int end = bucket + subject.limit().quotas().size();
      if (violated(decision, bucket, end)) {
        counted.count(subject.client(), false, source);
        found = true;
      }
      bucket = end;
    }
    for (int i = 0; i < subjects.size() && !found; i++) {
      Subject subject = subjects.get(i);
      counted(subject.limit()).count(subject.client(), false, source);
    }
  }

  private static boolean violated(Decision decision, int bucket, int end) {
    for (int i = bucket; i < end; i++) {
      if (decision.violated(i)) {
        return true;
      }
    }
    return false;
  }

  private Counted counted(Limit limit) {
    Counted known = remembered.get(limit);
    return known == null ? remember(limit) : known;
  }

  private Counted remember(Limit limit) {
    if (remembered.size() >= MOST_REMEMBERED) {
      remembered.clear();
    }
    Counted made = new Counted(series.of(limit.name()).cells(number), tops.of(limit.name()));
    remembered.put(limit, made);
    return made;
  }

  /** The clients are counted for another minute. On the loop. */
  void turn() {
    tops.turn();
    remembered.clear(); // which clients are counted, too
  }

  /** The most frequent clients. On the loop. */
  TopClients tops() {
    return tops;
  }

  @Override
  public void leased(long cost) {
    add(LEASED, cost);
  }

  @Override
  public void spentOrReturned(long cost) {
    add(LEASED, -cost);
  }

  @Override
  public void stranded(long cost) {
    add(STRANDED, cost);
  }

  @Override
  public void refunded(long cost) {
    add(REFUNDED, cost);
  }

  private void add(int cell, long cost) {
    quota.setOpaque(cell, quota.getPlain(cell) + cost);
  }

  /** In cost units, on lease now. On any thread. */
  long leasedNow() {
    return quota.getOpaque(LEASED);
  }

  /** In cost units, since the start. On any thread. */
  long refundedSoFar() {
    return quota.getOpaque(REFUNDED);
  }

  /** In cost units, since the start. On any thread. */
  long strandedSoFar() {
    return quota.getOpaque(STRANDED);
  }
}
