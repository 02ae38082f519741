package io.apitwo.decide;

import io.apitwo.limit.Charge;
import io.apitwo.limit.Decision;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Return;
import io.apitwo.limit.Standing;
import io.apitwo.telemetry.DecisionMeter;
import io.apitwo.telemetry.DecisionMeter.Source;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What one event loop can decide by itself, a charge at a time: the leases that it holds, and the
 * refusals that it remembers. Also how often each charge is asked for, which is what sizes the next
 * lease.
 *
 * <p>A lease was paid before it came here, so spending it can never exceed a limit; it may be spent
 * until the shortest of its windows ends, on the nano clock, which no one can set and which goes on
 * while the process is stopped. What is not spent within {@value #HOLD_MILLIS} ms goes back, and
 * sooner, from {@value #IDLE_MILLIS} ms on, when its client has fallen silent. A refusal is
 * remembered until the shortest window ends; the first one for {@value #TRIAL_MILLIS} ms only, and
 * while leased quota of others may still come back, or where the node decided without the store,
 * for {@value #DOUBT_MILLIS} ms. Entries are keyed by charge, limits included, so rules that change
 * a limit forget nothing and mix nothing up.
 *
 * <p>Bounded: clients that come once in a while get no entry, and at {@code most} entries those
 * without a lease are forgotten; what finds no room is decided by the store each time. Confined to
 * one event loop, and free of Vert.x.
 */
final class LocalDecisions {
  static final long HOLD_MILLIS = 2_000;
  static final long IDLE_MILLIS = 500;
  static final long DOUBT_MILLIS = 100;
  static final long TRIAL_MILLIS = 1_000;

  /** Clocks that tell milliseconds may be one behind. */
  static final long LEAD_MILLIS = 1;

  /** Long enough that a burst which is over in a moment leases nothing. */
  static final long RATE_MILLIS = 250;

  /** Below so many requests a second a lease would mostly go back unspent. */
  private static final double LEAST_PER_SECOND = 0.5;

  /** A lease that is worth its call. */
  private static final int LEAST_WISH = 4;

  /** What is left of a lease when more is asked for: an eighth, and time enough for the answer. */
  private static final int REFILL_SHARE = 8;

  /** So many times the usual pause between two requests make an idle lease. */
  private static final long IDLE_PAUSES = 4;

  /** So many times the usual pause, and a lease that was not topped up was too large. */
  private static final long HOLD_PAUSES = 6;

  private static final int MOST_WISH = 1_000_000;
  private static final long NO_REFILL = -1;
  private static final int EXAMINED = 4;
  private static final int FREQUENT_SECONDS = 1;
  private static final int SLOT_SHIFT = 18; // 16,384 slots
  private static final long MILLI = 1_000_000L;
  private static final long SECOND = 1_000_000_000L;

  private final int most;
  private final DecisionMeter meter;
  private final Map<Charge, Entry> entries = new HashMap<>();
  private final ArrayDeque<Entry> ring = new ArrayDeque<>();
  private final Set<Entry> holders = new LinkedHashSet<>();
  private final List<Return> unspent = new ArrayList<>();
  private final List<Charge> low = new ArrayList<>();
  private final long[] lately = new long[1 << 32 - SLOT_SHIFT];

  private static final class Entry {
    final Charge charge;
    @Nullable Standing lease;
    long tokens;
    long refillAt = NO_REFILL;
    long mostTokens = MOST_WISH;
    int wished;
    long leasedNanos;
    long usedNanos;
    long validUntilNanos;
    @Nullable Standing refusal;
    long refusedSinceNanos;
    long refusedUntilNanos;
    long countedSinceNanos;
    int counted;
    double perSecond;

    Entry(Charge charge, long nowNanos) {
      this.charge = charge;
      this.countedSinceNanos = nowNanos;
    }

    void count(long nowNanos) {
      counted++;
      long elapsed = nowNanos - countedSinceNanos;
      boolean enough = counted > 1 || elapsed >= HOLD_MILLIS * MILLI; // one gap says little
      if (elapsed >= RATE_MILLIS * MILLI && enough) {
        double now = (double) counted * SECOND / elapsed;
        perSecond = perSecond == 0 ? now : (perSecond + now) / 2;
        counted = 0;
        countedSinceNanos = nowNanos;
      }
    }
  }

  /**
   * @param most how many charges are remembered at once
   */
  LocalDecisions(int most, DecisionMeter meter) {
    this.most = most;
    this.meter = meter;
  }

  /** The decision, if the loop can make it at this instant of the nano clock; else null. */
  @Nullable Decision decide(Charge charge, long nowNanos) {
    Entry entry = entries.get(charge);
    if (entry == null) {
      return null;
    }
    entry.count(nowNanos);
    if (entry.lease != null && nowNanos - entry.validUntilNanos < 0) {
      return spend(entry, entry.lease, nowNanos);
    }
    if (entry.refusal != null && nowNanos - entry.refusedUntilNanos < 0) {
      Decision refused = new Decision(charge, false, entry.refusal, 0, nowNanos);
      meter.decided(refused, Source.OVER_LIMIT_CACHE);
      return refused;
    }
    return null;
  }

  private Decision spend(Entry entry, Standing lease, long nowNanos) {
    long cost = entry.charge.cost();
    entry.tokens--;
    entry.usedNanos = nowNanos;
    meter.spentOrReturned(cost);
    if (entry.tokens <= entry.refillAt && entry.wished == 0) {
      entry.refillAt = NO_REFILL;
      low.add(entry.charge);
    }
    if (entry.tokens == 0) {
      entry.lease = null;
      holders.remove(entry);
    }
    Decision allowed = new Decision(entry.charge, true, lease, entry.tokens * cost, nowNanos);
    meter.decided(allowed, Source.LEASE);
    return allowed;
  }

  /** How many charges to wish for beside those that wait: up to about a second's worth. */
  int wish(Charge charge) {
    Entry entry = entries.get(charge);
    if (entry == null
        || entry.wished > 0
        || !charge.isLeasable()
        || entry.perSecond < LEAST_PER_SECOND) {
      return 0;
    }
    long most = entry.lease == null ? MOST_WISH : entry.mostTokens;
    long worth = Math.max(LEAST_WISH, (long) Math.ceil(entry.perSecond));
    entry.wished = (int) Math.max(0, Math.min(most, worth) - entry.tokens);
    return entry.wished;
  }

  /** Whether some lease has become low. */
  boolean hasLow() {
    return !low.isEmpty();
  }

  /**
   * The charges whose leases have become low since this was last asked: they want more before they
   * have none, so that no request of theirs needs to wait.
   */
  List<Charge> takeLow() {
    if (!hasLow()) {
      return List.of();
    }
    List<Charge> taken = List.copyOf(low);
    low.clear();
    return taken;
  }

  /**
   * Remembers what an answer is good for.
   *
   * @param count how many requests had asked
   * @param grant null when the store could not say
   */
  void answered(Charge charge, int count, @Nullable Grant grant, long nowNanos) {
    if (!charge.isLeasable()) {
      return;
    }
    boolean holds = grant != null && (grant.leased() > 0 || grant.granted() < count);
    Entry entry =
        holds || isFrequent(charge, nowNanos) ? entry(charge, nowNanos) : entries.get(charge);
    if (entry == null) {
      if (grant != null && grant.leased() > 0) {
        unspent.add(new Return(charge, grant.leased(), grant.standing().receipt()));
      }
      return;
    }
    int wished = entry.wished;
    entry.wished = 0;
    if (grant == null) {
      return;
    }
    if (grant.leased() > 0) {
      hold(entry, grant, nowNanos);
      entry.refillAt = Math.max(1, entry.tokens / REFILL_SHARE);
      entry.mostTokens = grant.leased() < wished ? entry.tokens : MOST_WISH;
    }
    remember(entry, grant.granted() < count ? grant.standing() : null, nowNanos);
  }

  private void hold(Entry entry, Grant grant, long nowNanos) {
    Standing standing = grant.standing();
    meter.leased(grant.leased() * entry.charge.cost());
    if (entry.lease != null && entry.lease.receipt().equalTo(standing.receipt())) {
      entry.tokens += grant.leased();
    } else {
      release(entry);
      entry.tokens = grant.leased();
    }
    entry.lease = standing;
    entry.leasedNanos = nowNanos;
    entry.usedNanos = nowNanos;
    entry.validUntilNanos = standing.validUntilNanos() - LEAD_MILLIS * MILLI;
    holders.add(entry);
  }

  /**
   * A first refusal is taken for a moment's: quota may be on its way back that no lease explains,
   * such as what was granted too late. One that holds after {@value #TRIAL_MILLIS} ms is believed.
   */
  private static void remember(Entry entry, @Nullable Standing refusal, long nowNanos) {
    Standing before = entry.refusal;
    entry.refusal = refusal;
    if (refusal == null) {
      return;
    }
    boolean first = before == null || before.receipt().isLocal();
    if (first || nowNanos - before.validUntilNanos() >= 0) {
      entry.refusedSinceNanos = nowNanos;
    }
    boolean leased = refusal.othersMillis() * MILLI - (nowNanos - refusal.askedNanos()) > 0;
    boolean inDoubt = leased || refusal.receipt().isLocal();
    boolean onTrial = nowNanos - entry.refusedSinceNanos < TRIAL_MILLIS * MILLI;
    long end = refusal.validUntilNanos();
    long doubtEnd = nowNanos + DOUBT_MILLIS * MILLI;
    long trialEnd = entry.refusedSinceNanos + TRIAL_MILLIS * MILLI;
    long until = inDoubt ? doubtEnd : onTrial ? trialEnd : end;
    entry.refusedUntilNanos = until - end < 0 ? until : end;
  }

  /**
   * Whether a charge was answered before within {@value #FREQUENT_SECONDS} s, as far as can be told
   * without an entry: of those that share a slot the last one counts. Clients that come once in a
   * while would otherwise fill the table with entries that serve nobody.
   */
  private boolean isFrequent(Charge charge, long nowNanos) {
    int hash = charge.hashCode() * 0x9E3779B9;
    int second = (int) (nowNanos / SECOND);
    int slot = hash >>> SLOT_SHIFT;
    long seen = lately[slot];
    lately[slot] = (long) hash << 32 | second & 0xffffffffL;
    return (int) (seen >> 32) == hash && second - (int) seen <= FREQUENT_SECONDS;
  }

  private @Nullable Entry entry(Charge charge, long nowNanos) {
    Entry entry = entries.get(charge);
    if (entry != null) {
      return entry;
    }
    forgetSome(nowNanos);
    if (ring.size() >= most) {
      return null;
    }
    Entry added = new Entry(charge, nowNanos);
    entries.put(charge, added);
    ring.add(added);
    return added;
  }

  /** A few a call, more than a call may add. */
  private void forgetSome(long nowNanos) {
    int examined = ring.size() < most / 2 ? 0 : EXAMINED;
    for (int i = 0; i < examined && !ring.isEmpty(); i++) {
      Entry entry = ring.remove();
      boolean refuses = entry.refusal != null && nowNanos - entry.refusedUntilNanos < 0;
      boolean busy = nowNanos - entry.countedSinceNanos < SECOND || entry.wished > 0;
      boolean room = ring.size() < most - EXAMINED;
      if (entry.lease != null || ((refuses || busy) && room)) {
        ring.add(entry);
      } else {
        entries.remove(entry.charge);
      }
    }
  }

  /** Looks for leases that are over, idle, or held for long enough. */
  void sweep(long nowNanos) {
    if (holders.isEmpty()) {
      return;
    }
    for (Entry entry : List.copyOf(holders)) {
      boolean over = nowNanos - entry.validUntilNanos >= 0;
      long pause = (long) (SECOND / Math.max(LEAST_PER_SECOND, entry.perSecond));
      boolean idle =
          nowNanos - entry.usedNanos > Math.max(IDLE_MILLIS * MILLI, IDLE_PAUSES * pause);
      boolean tooLong =
          nowNanos - entry.leasedNanos > Math.max(HOLD_MILLIS * MILLI, HOLD_PAUSES * pause);
      if (over) {
        meter.stranded(entry.tokens * entry.charge.cost());
      }
      if (over || idle || tooLong) {
        release(entry);
      }
    }
  }

  /** Gives back all leases whose charge is not one of these. */
  void keepOnly(Predicate<Charge> current) {
    for (Entry entry : List.copyOf(holders)) {
      if (!current.test(entry.charge)) {
        release(entry);
      }
    }
  }

  /** Gives back what was granted and will not be used: it came too late, or its client has left. */
  void giveBack(Charge charge, int count, Standing granted) {
    if (count > 0) {
      unspent.add(new Return(charge, count, granted.receipt()));
    }
  }

  private void release(Entry entry) {
    if (entry.lease != null) {
      meter.spentOrReturned(entry.tokens * entry.charge.cost());
      unspent.add(new Return(entry.charge, entry.tokens, entry.lease.receipt()));
      entry.lease = null;
      entry.tokens = 0;
      holders.remove(entry);
    }
  }

  /** What is to be given back, each thing once: it leaves the table before it is sent. */
  List<Return> takeReturns() {
    if (unspent.isEmpty()) {
      return List.of();
    }
    List<Return> taken = List.copyOf(unspent);
    unspent.clear();
    return taken;
  }

  /** How many charges are remembered now. */
  int size() {
    return ring.size();
  }
}
