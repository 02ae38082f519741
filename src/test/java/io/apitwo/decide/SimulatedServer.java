package io.apitwo.decide;

import io.apitwo.count.EmbeddedStore;
import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Hit;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Return;
import io.apitwo.limit.Standing;
import io.apitwo.limit.Subject;
import io.apitwo.limit.Window;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The server that all nodes share: counts as the stores' specification does, may stand still, and
 * may lose what it had acknowledged.
 */
final class SimulatedServer {
  private static final int HOLDERS = 8;

  private final VirtualTime time;
  private final Sabotage sabotage;
  private EmbeddedStore counts;
  private long stoppedUntilNanos;

  /** What was charged, for a successor that lacks the last of it, or all but calendar windows. */
  private List<Charged> journal = new ArrayList<>();

  /** What was lost by the server itself, in cost units by client. */
  private final Map<String, Long> lost = new HashMap<>();

  /** What was given back and is forgotten, in cost units by client. */
  private final Map<String, Long> lostCredits = new HashMap<>();

  private record Charged(long atNanos, Subject subject, long[] windows, long cost) {}

  SimulatedServer(VirtualTime time, Sabotage sabotage) {
    this.time = time;
    this.sabotage = sabotage;
    this.counts = empty();
  }

  private EmbeddedStore empty() {
    return new EmbeddedStore(time::instant, time::nanos, 100_000, HOLDERS);
  }

  void stopUntil(long nanos) {
    stoppedUntilNanos = Math.max(stoppedUntilNanos, nanos);
  }

  /** When something that arrives now is dealt with. */
  long startsNanos(long arrivesNanos) {
    return Math.max(arrivesNanos, stoppedUntilNanos);
  }

  boolean isStopped() {
    return time.nanos() < stoppedUntilNanos;
  }

  List<Grant> settle(List<Demand> demands) {
    List<Grant> grants = new ArrayList<>(counts.settle(demands).result());
    for (int i = 0; i < grants.size(); i++) {
      long cost =
          (long) (grants.get(i).granted() + grants.get(i).leased())
              * demands.get(i).charge().cost();
      write(demands.get(i).charge(), grants.get(i).standing(), cost);
    }
    return grants;
  }

  private void write(Charge charge, Standing standing, long cost) {
    Subject subject = charge.subjects().get(0);
    if (cost != 0 && subject.limit().algorithm() != Algorithm.CONCURRENCY) {
      journal.add(new Charged(time.nanos(), subject, standing.receipt().windows(), cost));
    }
  }

  void charge(List<Hit> hits) {
    counts.charge(hits);
    if (sabotage == Sabotage.CHARGES_TWICE) {
      counts.charge(hits);
    }
    for (Hit hit : hits) {
      journal.add(new Charged(time.nanos(), hit.subject(), hit.windows(), hit.amount()));
    }
  }

  void giveBack(List<Return> returns) {
    counts.giveBack(returns);
    if (sabotage == Sabotage.CREDITS_TWICE) {
      counts.giveBack(returns);
    }
    for (Return back : returns) {
      Subject subject = back.charge().subjects().get(0);
      if (!back.spent() && subject.limit().algorithm() != Algorithm.CONCURRENCY) {
        long cost = back.count() * back.charge().cost();
        journal.add(new Charged(time.nanos(), subject, back.receipt().windows(), -cost));
      }
    }
  }

  /** Comes back, or is replaced, without what was written since an instant. */
  void loseSince(long nanos) {
    counts = empty();
    List<Charged> kept = new ArrayList<>();
    Map<String, Sum> sums = new LinkedHashMap<>();
    for (Charged each : journal) {
      Limit limit = each.subject.limit();
      boolean copied = limit.algorithm() == Algorithm.FIXED && !limit.phased();
      if (!copied || each.atNanos >= nanos) {
        lost.merge(each.subject.client(), Math.max(0, each.cost), Long::sum);
        lostCredits.merge(each.subject.client(), Math.max(0, -each.cost), Long::sum);
      } else {
        kept.add(each);
        sums.computeIfAbsent(each.subject.client(), client -> new Sum(each)).add(each);
      }
    }
    journal = kept;
    for (Sum sum : sums.values()) {
      if (sum.subject.limit().algorithm() == Algorithm.FIXED) {
        counts.charge(
            List.of(new Hit(sum.subject, sum.windows, sum.amounts, new long[sum.amounts.length])));
      }
    }
  }

  /** Of one client, for each quota, what was charged in its latest window. */
  private static final class Sum {
    final Subject subject;
    final long[] windows;
    final long[] amounts;

    Sum(Charged first) {
      subject = first.subject;
      windows = first.windows.clone();
      amounts = new long[windows.length];
    }

    void add(Charged each) {
      for (int i = 0; i < amounts.length; i++) {
        if (each.windows[i] > windows[i]) {
          windows[i] = each.windows[i];
          amounts[i] = 0;
        }
        if (each.windows[i] == windows[i]) {
          amounts[i] = Math.max(0, amounts[i] + each.cost);
        }
      }
    }
  }

  /** What the server has lost of a client's counts, in cost units. */
  long lost(String client) {
    return lost.getOrDefault(client, 0L);
  }

  /** What the server has forgotten that a client's counts were given back, in cost units. */
  long lostCredits(String client) {
    return lostCredits.getOrDefault(client, 0L);
  }

  /** What is counted of a client in this hour, in cost units. */
  long usedInHour(Limit limit, String client) {
    Limit endless = new Limit(limit.name(), List.of(Quota.of(Window.HOUR, Quota.MOST)));
    Charge peek = new Charge(List.of(new Subject(endless, client)), 1);
    return Quota.MOST - counts.settle(List.of(new Demand(peek, 0))).result().get(0).left(0);
  }
}
