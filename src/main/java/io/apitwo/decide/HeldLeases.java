package io.apitwo.decide;

import io.apitwo.limit.Charge;
import io.apitwo.limit.Decision;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Return;
import io.apitwo.limit.Standing;
import io.apitwo.telemetry.DecisionMeter;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The leases of one event loop: what is spent of them, when more is wished for, and what goes back.
 *
 * <p>What is not spent within {@value #HOLD_MILLIS} ms goes back, and sooner, from {@value
 * #IDLE_MILLIS} ms on, when its client has fallen silent.
 *
 * <p>Confined to one event loop.
 */
final class HeldLeases {
  static final long HOLD_MILLIS = 2_000;
  static final long IDLE_MILLIS = 500;

  /** Below so many requests a second a lease would mostly go back unspent. */
  private static final double LEAST_PER_SECOND = 0.5;

  /** A lease that is worth its call. */
  private static final int LEAST_WISH = 4;

  /** So many times the usual pause between two requests make an idle lease. */
  private static final long IDLE_PAUSES = 4;

  /** So many times the usual pause, and a lease that was not topped up was too large. */
  private static final long HOLD_PAUSES = 6;

  private static final int MOST_WISH = 1_000_000;
  private static final long MILLI = 1_000_000L;
  private static final long SECOND = 1_000_000_000L;

  private final DecisionMeter meter;
  private final Set<KnownCharge> holders = new LinkedHashSet<>();
  private final List<Return> unspent = new ArrayList<>();
  private final List<Charge> low = new ArrayList<>();

  HeldLeases(DecisionMeter meter) {
    this.meter = meter;
  }

  /** Lets one request pass. */
  Decision spend(KnownCharge known, HeldLease lease, long nowNanos) {
    long cost = known.charge.cost();
    lease.spend(nowNanos);
    meter.spentOrReturned(cost);
    if (known.wished == 0 && lease.takeLow()) {
      low.add(known.charge);
    }
    if (lease.tokens() == 0) {
      known.lease = null;
      holders.remove(known);
    }
    return new Decision(known.charge, true, lease.standing(), lease.tokens() * cost, nowNanos);
  }

  /** How many charges to wish for beside those that wait: up to about a second's worth. */
  int wish(KnownCharge known) {
    double perSecond = known.rate.perSecond();
    if (known.wished > 0 || !known.charge.isLeasable() || perSecond < LEAST_PER_SECOND) {
      return 0;
    }
    HeldLease lease = known.lease;
    long most = lease == null ? MOST_WISH : Math.min(MOST_WISH, lease.mostTokens());
    long worth = Math.max(LEAST_WISH, (long) Math.ceil(perSecond));
    long holds = lease == null ? 0 : lease.tokens();
    known.wished = (int) Math.max(0, Math.min(most, worth) - holds);
    return known.wished;
  }

  /** Whether some lease has become low. */
  boolean hasLow() {
    return !low.isEmpty();
  }

  /** The charges whose leases have become low since this was last asked. */
  List<Charge> takeLow() {
    if (!hasLow()) {
      return List.of();
    }
    List<Charge> taken = List.copyOf(low);
    low.clear();
    return taken;
  }

  /**
   * Holds what was leased.
   *
   * @param grant leases at least one
   * @param wished how many were wished for
   */
  void hold(KnownCharge known, Grant grant, int wished, long nowNanos) {
    meter.leased(grant.leased() * known.charge.cost());
    HeldLease lease = known.lease;
    if (lease != null && lease.standing().receipt().equalTo(grant.standing().receipt())) {
      lease.add(grant, wished, nowNanos);
    } else {
      release(known);
      known.lease = new HeldLease(grant, wished, nowNanos);
    }
    holders.add(known);
  }

  /** Looks for leases that are over, idle, or held for long enough. */
  void sweep(long nowNanos) {
    if (holders.isEmpty()) {
      return;
    }
    for (KnownCharge known : List.copyOf(holders)) {
      HeldLease lease = known.lease;
      if (lease == null) {
        continue;
      }
      long pause = (long) (SECOND / Math.max(LEAST_PER_SECOND, known.rate.perSecond()));
      long idleNanos = Math.max(IDLE_MILLIS * MILLI, IDLE_PAUSES * pause);
      long holdNanos = Math.max(HOLD_MILLIS * MILLI, HOLD_PAUSES * pause);
      boolean over = lease.isOver(nowNanos);
      if (over) {
        meter.stranded(lease.tokens() * known.charge.cost());
      }
      if (over || lease.isIdle(idleNanos, nowNanos) || lease.isHeldFor(holdNanos, nowNanos)) {
        release(known);
      }
    }
  }

  /** Gives back all leases whose charge is not one of these. */
  void keepOnly(Predicate<Charge> current) {
    for (KnownCharge known : List.copyOf(holders)) {
      if (!current.test(known.charge)) {
        release(known);
      }
    }
  }

  private void release(KnownCharge known) {
    HeldLease lease = known.lease;
    if (lease != null) {
      meter.spentOrReturned(lease.tokens() * known.charge.cost());
      giveBack(known.charge, lease.tokens(), lease.standing());
      known.lease = null;
      holders.remove(known);
    }
  }

  /** Gives back what was granted and will not be used. */
  void giveBack(Charge charge, long count, Standing granted) {
    if (count > 0) {
      unspent.add(new Return(charge, count, granted.receipt()));
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
}
