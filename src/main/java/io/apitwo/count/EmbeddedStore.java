package io.apitwo.count;

import io.apitwo.limit.Charge;
import io.apitwo.limit.Counter;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Subject;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Counts in this process's memory: one node, nothing to install, everything forgotten at a restart.
 *
 * <p>Bounded: at the ceiling, clients that have no counter yet share one per limit, which limits
 * them together; a counter is only forgotten once all its windows are over, so forgetting never
 * refills. Counters that are over are looked for a few at each demand, so no call pays for a sweep.
 *
 * <p>Confined to one thread.
 */
public final class EmbeddedStore implements CounterStore {
  /**
   * The client under which the ceiling's latecomers are counted; no client key contains a space.
   */
  private static final String OVERFLOW = "(overflow)";

  private final InstantSource clock;
  private final int maxEntries;
  private final Map<String, Map<String, Entry>> limits = new HashMap<>();
  private final ArrayDeque<Entry> ring = new ArrayDeque<>();

  private record Entry(String limit, String client, Counter counter) {}

  /**
   * @param clock wall time; the window ends that clients are told come from it
   * @param maxEntries how many counters (clients, once for each limit) are kept apart
   */
  public EmbeddedStore(InstantSource clock, int maxEntries) {
    this.clock = clock;
    this.maxEntries = maxEntries;
  }

  @Override
  public String name() {
    return "embedded";
  }

  @Override
  public Future<List<Grant>> settle(List<Demand> demands) {
    long now = clock.millis();
    List<Grant> grants = new ArrayList<>(demands.size());
    for (Demand demand : demands) {
      Grant grant = settle(demand, now);
      grants.add(grant);
      int subjects = demand.charge().subjects().size();
      if (grant.granted() == 0) {
        forgetUncharged(subjects, now);
      }
      forgetOver(1 + subjects, now); // outruns those that a demand may add, one for each subject
    }
    return Future.succeededFuture(grants);
  }

  /** How many counters are kept now. */
  public int size() {
    return ring.size();
  }

  private Grant settle(Demand demand, long now) {
    Charge charge = demand.charge();
    Counter[] counters = new Counter[charge.subjects().size()];
    long[] left = new long[charge.buckets()];
    long[] resetMillis = new long[charge.buckets()];
    long fits = demand.count();
    int bucket = 0;
    for (int i = 0; i < counters.length; i++) {
      Subject subject = charge.subjects().get(i);
      counters[i] = counter(subject);
      for (Quota quota : subject.limit().quotas()) {
        left[bucket] = counters[i].left(quota, now);
        resetMillis[bucket] = counters[i].resetMillis(quota.window(), now);
        fits = Math.min(fits, left[bucket] / charge.cost());
        bucket++;
      }
    }
    if (fits > 0) {
      charge(charge, counters, fits * charge.cost(), left, now);
    }
    return new Grant((int) fits, left, resetMillis);
  }

  private static void charge(Charge charge, Counter[] counters, long cost, long[] left, long now) {
    int bucket = 0;
    for (int i = 0; i < counters.length; i++) {
      for (Quota quota : charge.subjects().get(i).limit().quotas()) {
        counters[i].charge(quota.window(), cost, now);
        left[bucket++] -= cost;
      }
    }
  }

  private Counter counter(Subject subject) {
    String limit = subject.limit().name();
    Map<String, Entry> clients = limits.computeIfAbsent(limit, name -> new HashMap<>());
    Entry entry = clients.get(subject.client());
    if (entry != null) {
      return entry.counter();
    }
    String client = ring.size() < maxEntries ? subject.client() : OVERFLOW;
    return clients
        .computeIfAbsent(
            client,
            key -> {
              Entry added = new Entry(limit, key, new Counter());
              ring.add(added);
              return added;
            })
        .counter();
  }

  /** Takes back what a refused demand added: it charged nothing, so it takes no memory either. */
  private void forgetUncharged(int most, long now) {
    for (int i = 0; i < most; i++) {
      Entry newest = ring.peekLast();
      if (newest == null || !newest.counter().isOver(now)) {
        return;
      }
      ring.removeLast();
      forget(newest);
    }
  }

  private void forgetOver(int examined, long now) {
    for (int i = 0; i < examined; i++) {
      Entry entry = ring.poll();
      if (entry == null) {
        return;
      }
      if (entry.counter().isOver(now)) {
        forget(entry);
      } else {
        ring.add(entry);
      }
    }
  }

  private void forget(Entry entry) {
    Map<String, Entry> clients = limits.get(entry.limit());
    clients.remove(entry.client());
    if (clients.isEmpty()) {
      limits.remove(entry.limit());
    }
  }
}
