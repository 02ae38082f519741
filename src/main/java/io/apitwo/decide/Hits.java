package io.apitwo.decide;

import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Hit;
import io.apitwo.limit.RateQuota;
import io.apitwo.limit.Receipt;
import io.apitwo.limit.Standing;
import io.apitwo.limit.Subject;
import io.apitwo.telemetry.LadderMeter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What passed without the store's word and waits to be charged to it, as long as its windows are
 * open. Each thing is taken once: it leaves the table before it is sent.
 *
 * <p>Windows are charged as long as they are open, tokens as far as they have not come back
 * meanwhile; of requests in flight there is nothing to charge. Bounded: what finds no room is
 * dropped. Confined to one thread.
 */
final class Hits {
  private final int most;
  private final LadderMeter meter;
  private final Map<Subject, Hit> waiting = new LinkedHashMap<>();

  /**
   * @param most how many clients, once for each limit, are remembered at once
   */
  Hits(int most, LadderMeter meter) {
    this.most = most;
    this.meter = meter;
  }

  int size() {
    return waiting.size();
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /**
   * Remembers charges that passed.
   *
   * @param standing in whose windows they passed
   */
  void add(Charge charge, long count, Standing standing) {
    BitSet all = new BitSet();
    all.set(0, charge.subjects().size());
    add(charge, all, count, standing);
  }

  /**
   * The same for some limits.
   *
   * @param which positions in the charge's subjects
   */
  void add(Charge charge, BitSet which, long count, Standing standing) {
    long cost = count * charge.cost();
    int bucket = 0;
    for (int i = 0; i < charge.subjects().size(); i++) {
      Subject subject = charge.subjects().get(i);
      int end = bucket + subject.limit().quotas().size();
      if (count > 0 && which.get(i) && subject.limit().algorithm() != Algorithm.CONCURRENCY) {
        add(hit(subject, cost, standing, bucket, end));
      }
      bucket = end;
    }
  }

  private static Hit hit(Subject subject, long cost, Standing standing, int from, int to) {
    long[] windows = Arrays.copyOfRange(standing.receipt().windows(), from, to);
    long[] amounts = new long[windows.length];
    long[] ends = new long[windows.length];
    for (int i = 0; i < ends.length; i++) {
      amounts[i] = cost;
      ends[i] =
          subject.limit().quotas().get(i) instanceof RateQuota rate
              ? standing.askedNanos() + rate.drainNanos(cost)
              : standing.askedNanos() + standing.resetMillis()[from + i] * 1_000_000;
    }
    return new Hit(subject, windows, amounts, ends);
  }

  private void add(Hit hit) {
    Hit before = waiting.get(hit.subject());
    if (before == null && waiting.size() >= most) {
      meter.dropped(hit.amount());
      return;
    }
    Hit sum = before == null ? hit : before.plus(hit);
    long known = before == null ? 0 : before.amount();
    waiting.put(hit.subject(), sum);
    meter.remembered(sum.amount() - known);
    meter.dropped(known + hit.amount() - sum.amount()); // a window has followed on another
  }

  /** Forgets charges that did not pass after all, if they still wait. */
  void subtract(Charge charge, long count, Receipt receipt) {
    int bucket = 0;
    for (Subject subject : charge.subjects()) {
      int end = bucket + subject.limit().quotas().size();
      Hit before = waiting.get(subject);
      if (before != null) {
        long[] windows = Arrays.copyOfRange(receipt.windows(), bucket, end);
        long[] amounts = new long[windows.length];
        Arrays.fill(amounts, -count * charge.cost());
        Hit rest = before.plus(new Hit(subject, windows, amounts, before.endsNanos()));
        waiting.put(subject, rest);
        meter.remembered(rest.amount() - before.amount());
      }
      bucket = end;
    }
  }

  /** Forgets those of some subjects. */
  void drop(Predicate<Subject> which) {
    waiting
        .entrySet()
        .removeIf(
            each -> {
              boolean drops = which.test(each.getKey());
              if (drops) {
                meter.remembered(-each.getValue().amount());
                meter.dropped(each.getValue().amount());
              }
              return drops;
            });
  }

  /** Remembers again what could not be charged. */
  void putBack(List<Hit> hits) {
    hits.forEach(this::add);
  }

  /** Takes what there is of the clients and limits of some demands. */
  List<Hit> take(List<Demand> demands, long nowNanos) {
    if (waiting.isEmpty()) {
      return List.of();
    }
    List<Hit> taken = new ArrayList<>();
    for (Demand demand : demands) {
      for (Subject subject : demand.charge().subjects()) {
        take(waiting.remove(subject), nowNanos, taken);
      }
    }
    return taken;
  }

  /** Takes those that have waited longest. */
  List<Hit> take(int count, long nowNanos) {
    List<Hit> taken = new ArrayList<>(Math.min(count, waiting.size()));
    Iterator<Hit> first = waiting.values().iterator();
    while (first.hasNext() && taken.size() < count) {
      Hit hit = first.next();
      first.remove();
      take(hit, nowNanos, taken);
    }
    return taken;
  }

  private void take(@Nullable Hit hit, long nowNanos, List<Hit> taken) {
    if (hit == null) {
      return;
    }
    Hit open = hit.openAt(nowNanos);
    meter.remembered(-hit.amount());
    if (open == null) {
      meter.dropped(hit.amount());
    } else {
      taken.add(open);
    }
  }
}
