package io.apitwo.count;

import io.apitwo.limit.Charge;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Hit;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Receipt;
import io.apitwo.limit.Return;
import io.apitwo.limit.Subject;
import io.vertx.core.Future;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Counts in this process's memory: one node, nothing to install, everything forgotten at a restart.
 *
 * <p>Bounded: at the ceiling, clients that have no counter yet share one for each limit, which
 * limits them together; a counter is only forgotten once it is over, so forgetting never refills. A
 * client takes 285 bytes with fixed windows (up to five), 349 with sliding ones, 189 with tokens
 * and, while it has requests in flight, 413 with concurrency: heap in use after a collection
 * ({@code jcmd PID GC.class_histogram} tells the parts), divided by a million clients, their keys
 * of 57 bytes included.
 *
 * <p>Confined to one thread.
 */
public final class EmbeddedStore implements CounterStore {
  private final InstantSource clock;
  private final LongSupplier nanoClock;
  private final int holders;
  private final TallyTable tallies;
  private final IntSupplier nodes;
  private final Shares shares;

  /**
   * @param clock wall time; the window ends that clients are told come from it
   * @param nanoClock elapsed time, as {@link System#nanoTime}
   * @param maxEntries how many counters (clients, once for each limit) are kept apart
   * @param holders who may hold leases at once: the node's event loops
   */
  public EmbeddedStore(InstantSource clock, LongSupplier nanoClock, int maxEntries, int holders) {
    this(clock, nanoClock, maxEntries, holders, () -> 1);
  }

  /**
   * One of several, each of which keeps its part of every limit.
   *
   * @param nodes how many there are now; at least 1
   */
  public EmbeddedStore(
      InstantSource clock, LongSupplier nanoClock, int maxEntries, int holders, IntSupplier nodes) {
    this.nodes = nodes;
    this.shares = new Shares(nodes);
    this.clock = clock;
    this.nanoClock = nanoClock;
    this.holders = holders;
    this.tallies = new TallyTable(maxEntries);
  }

  @Override
  public String name() {
    return "embedded";
  }

  @Override
  public int dividedBy() {
    return Math.max(1, nodes.getAsInt());
  }

  @Override
  public Future<List<@Nullable Grant>> settle(List<Demand> demands) {
    long askedNanos = nanoClock.getAsLong();
    long now = micros(clock.instant());
    List<@Nullable Grant> grants = new ArrayList<>(demands.size());
    for (Demand demand : demands) {
      Grant grant = settle(demand, now, askedNanos);
      grants.add(grant);
      int subjects = demand.charge().subjects().size();
      if (grant.granted() == 0) {
        tallies.forgetUncharged(subjects, now);
      }
      tallies.forgetOver(1 + subjects, now); // outruns what a demand may add, one for each subject
    }
    return Future.succeededFuture(grants);
  }

  private static long micros(Instant instant) {
    return instant.getEpochSecond() * 1_000_000 + instant.getNano() / 1_000;
  }

  /** How many counters are kept now. */
  public int size() {
    return tallies.size();
  }

  private Grant settle(Demand demand, long now, long askedNanos) {
    TalliedCharge charge = new TalliedCharge(shares.of(demand.charge()), tallies, now);
    long fits = Math.min(demand.count(), charge.fits());
    boolean all = fits == demand.count();
    long leased = all ? charge.leasable(demand.count(), demand.wish(), holders) : 0;
    long othersMillis = charge.othersMillis();
    charge.take(fits, leased);
    return new Grant((int) fits, (int) leased, charge.standing(askedNanos, othersMillis));
  }

  @Override
  public Future<Void> giveBack(List<Return> returns) {
    returns.forEach(this::giveBack);
    return Future.succeededFuture();
  }

  private void giveBack(Return ended) {
    Charge charge = shares.of(ended.charge());
    int bucket = 0;
    for (int i = 0; i < charge.subjects().size(); i++) {
      Subject subject = charge.subjects().get(i);
      Tally tally = tallies.existing(subject, ended.receipt().epochs()[i]);
      for (Quota quota : subject.limit().quotas()) {
        long window = ended.receipt().windows()[bucket++];
        if (tally != null) {
          tally.giveBack(quota, window, ended.count() * charge.cost(), ended.spent());
        }
      }
    }
  }

  @Override
  public Future<Void> reset(List<Subject> subjects) {
    subjects.forEach(tallies::reset);
    return Future.succeededFuture();
  }

  @Override
  public Future<Charged> charge(List<Hit> hits) {
    for (Hit hit : hits) {
      for (int i = 0; i < hit.amounts().length; i++) {
        if (hit.amounts()[i] > 0) {
          charge(hit.unit(i), hit.windows()[i], hit.amounts()[i]);
        }
      }
    }
    return Future.succeededFuture(Charged.ALL);
  }

  private void charge(Charge unit, long window, long amount) {
    Receipt open = settle(List.of(new Demand(unit, 0))).result().get(0).standing().receipt();
    if (open.windows()[0] == window) {
      for (long rest = amount; rest > 0; rest -= Integer.MAX_VALUE) {
        settle(List.of(new Demand(unit, (int) Math.min(rest, Integer.MAX_VALUE))));
      }
    }
  }
}
