package io.apitwo.count;

import io.apitwo.limit.Charge;
import io.apitwo.limit.Counter;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Hit;
import io.apitwo.limit.Lease;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Receipt;
import io.apitwo.limit.Return;
import io.apitwo.limit.Standing;
import io.apitwo.limit.Subject;
import io.apitwo.limit.Window;
import io.apitwo.limit.WindowQuota;
import io.vertx.core.Future;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

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
  private final LongSupplier nanoClock;
  private final int maxEntries;
  private final int holders;
  private final Map<String, Map<String, Entry>> limits = new HashMap<>();
  private final ArrayDeque<Entry> ring = new ArrayDeque<>();
  private long lastEpoch;

  /** One client's counts of one limit. The epoch tells its lives apart, once forgotten. */
  private static final class Entry {
    final String limit;
    final String client;
    final long epoch;
    final Counter counter = new Counter();
    long leasedUntilMillis;

    Entry(String limit, String client, long epoch) {
      this.limit = limit;
      this.client = client;
      this.epoch = epoch;
    }
  }

  /**
   * @param clock wall time; the window ends that clients are told come from it
   * @param nanoClock elapsed time, as {@link System#nanoTime}
   * @param maxEntries how many counters (clients, once for each limit) are kept apart
   * @param holders who may hold leases at once: the node's event loops
   */
  public EmbeddedStore(InstantSource clock, LongSupplier nanoClock, int maxEntries, int holders) {
    this.clock = clock;
    this.nanoClock = nanoClock;
    this.maxEntries = maxEntries;
    this.holders = holders;
  }

  @Override
  public String name() {
    return "embedded";
  }

  @Override
  public Future<List<@Nullable Grant>> settle(List<Demand> demands) {
    long askedNanos = nanoClock.getAsLong();
    long now = clock.millis();
    List<@Nullable Grant> grants = new ArrayList<>(demands.size());
    for (Demand demand : demands) {
      Grant grant = settle(demand, now, askedNanos);
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

  private Grant settle(Demand demand, long now, long askedNanos) {
    Charge charge = demand.charge();
    Entry[] entries = new Entry[charge.subjects().size()];
    long[] epochs = new long[entries.length];
    long[] windows = new long[charge.buckets()];
    long[] left = new long[charge.buckets()];
    long[] resetMillis = new long[charge.buckets()];
    long fits = demand.count();
    int bucket = 0;
    for (int i = 0; i < entries.length; i++) {
      Subject subject = charge.subjects().get(i);
      entries[i] = entry(subject, now);
      epochs[i] = entries[i].epoch;
      Counter counter = entries[i].counter;
      for (Quota quota : subject.limit().quotas()) {
        windows[bucket] = counter.number(((WindowQuota) quota).window(), now);
        left[bucket] = counter.left((WindowQuota) quota, now);
        resetMillis[bucket] = counter.resetMillis(((WindowQuota) quota).window(), now);
        fits = Math.min(fits, left[bucket] / charge.cost());
        bucket++;
      }
    }
    Standing standing =
        new Standing(
            left,
            resetMillis,
            askedNanos,
            othersMillis(entries, now),
            new Receipt(0, epochs, windows));
    int leased = fits == demand.count() ? lease(demand, left, resetMillis) : 0;
    if (fits + leased > 0) {
      charge(charge, entries, (fits + leased) * charge.cost(), left, now);
    }
    if (leased > 0) {
      long end = now + Arrays.stream(resetMillis).min().orElse(0);
      for (Entry entry : entries) {
        entry.leasedUntilMillis = Math.max(entry.leasedUntilMillis, end);
      }
    }
    return new Grant((int) fits, leased, standing);
  }

  private int lease(Demand demand, long[] left, long[] resetMillis) {
    Charge charge = demand.charge();
    if (demand.wish() == 0) {
      return 0;
    }
    long most = Lease.timely(demand.wish(), Arrays.stream(resetMillis).min().orElse(0));
    int bucket = 0;
    for (Subject subject : charge.subjects()) {
      for (Quota quota : subject.limit().quotas()) {
        long spare = left[bucket++] - demand.count() * charge.cost();
        most = Math.min(most, Lease.most(quota.amount(), spare, holders) / charge.cost());
      }
    }
    return (int) most;
  }

  private static long othersMillis(Entry[] entries, long now) {
    long latest = now;
    for (Entry entry : entries) {
      latest = Math.max(latest, entry.leasedUntilMillis);
    }
    return latest - now;
  }

  private static void charge(Charge charge, Entry[] entries, long cost, long[] left, long now) {
    int bucket = 0;
    for (int i = 0; i < entries.length; i++) {
      for (Quota quota : charge.subjects().get(i).limit().quotas()) {
        entries[i].counter.charge(((WindowQuota) quota).window(), cost, now);
        left[bucket++] -= cost;
      }
    }
  }

  @Override
  public Future<Void> giveBack(List<Return> returns) {
    for (Return unspent : returns) {
      Charge charge = unspent.charge();
      Receipt receipt = unspent.receipt();
      int bucket = 0;
      for (int i = 0; i < charge.subjects().size(); i++) {
        Subject subject = charge.subjects().get(i);
        Entry entry = existing(subject, receipt.epochs()[i]);
        for (Quota quota : subject.limit().quotas()) {
          long window = receipt.windows()[bucket++];
          if (entry != null) {
            entry.counter.giveBack(
                ((WindowQuota) quota).window(), window, unspent.count() * charge.cost());
          }
        }
      }
    }
    return Future.succeededFuture();
  }

  /** The counts that were charged in that epoch, if they are still kept. */
  private @Nullable Entry existing(Subject subject, long epoch) {
    Map<String, Entry> clients = limits.getOrDefault(subject.limit().name(), Map.of());
    for (String client : List.of(subject.client(), OVERFLOW)) {
      Entry entry = clients.get(client);
      if (entry != null && entry.epoch == epoch) {
        return entry;
      }
    }
    return null;
  }

  private Entry entry(Subject subject, long now) {
    String limit = subject.limit().name();
    Map<String, Entry> clients = limits.computeIfAbsent(limit, name -> new HashMap<>());
    Entry entry = clients.get(subject.client());
    if (entry != null) {
      return entry;
    }
    // A newcomer may have been counted among the latecomers: as long as they have a count, it
    // stays.
    Entry overflow = clients.get(OVERFLOW);
    boolean overflows = overflow != null && !overflow.counter.isOver(now);
    String client = ring.size() < maxEntries && !overflows ? subject.client() : OVERFLOW;
    return clients.computeIfAbsent(
        client,
        key -> {
          Entry added = new Entry(limit, key, ++lastEpoch);
          ring.add(added);
          return added;
        });
  }

  /** Takes back what a refused demand added: it charged nothing, so it takes no memory either. */
  private void forgetUncharged(int most, long now) {
    for (int i = 0; i < most; i++) {
      Entry newest = ring.peekLast();
      if (newest == null || !newest.counter.isOver(now)) {
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
      if (entry.counter.isOver(now)) {
        forget(entry);
      } else {
        ring.add(entry);
      }
    }
  }

  private void forget(Entry entry) {
    Map<String, Entry> clients = limits.get(entry.limit);
    clients.remove(entry.client);
    if (clients.isEmpty()) {
      limits.remove(entry.limit);
    }
  }

  /** Of fixed windows. */
  @Override
  public Future<List<Hit>> charge(List<Hit> hits) {
    for (Hit hit : hits) {
      List<Quota> quotas = hit.subject().limit().quotas();
      for (int i = 0; i < quotas.size(); i++) {
        if (hit.amounts()[i] > 0) {
          charge(hit, ((WindowQuota) quotas.get(i)).window(), hit.windows()[i], hit.amounts()[i]);
        }
      }
    }
    return Future.succeededFuture(List.of());
  }

  /** As a charge of a limit of the same name that nothing exceeds. */
  private void charge(Hit hit, Window window, long number, long amount) {
    Subject subject = hit.subject();
    Limit wide = new Limit(subject.limit().name(), List.of(Quota.of(window, Quota.MOST)));
    Charge one = new Charge(List.of(new Subject(wide, subject.client())), 1);
    for (long rest = amount; rest > 0; rest -= Integer.MAX_VALUE) {
      Demand demand = new Demand(one, (int) Math.min(rest, Integer.MAX_VALUE));
      Receipt receipt = settle(List.of(demand)).result().get(0).standing().receipt();
      if (receipt.windows()[0] != number) {
        giveBack(List.of(new Return(one, demand.count(), receipt)));
      }
    }
  }
}
