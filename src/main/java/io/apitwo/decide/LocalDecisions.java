package io.apitwo.decide;

import io.apitwo.limit.Charge;
import io.apitwo.limit.Decision;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Return;
import io.apitwo.limit.Standing;
import io.apitwo.telemetry.DecisionMeter;
import io.apitwo.telemetry.DecisionMeter.Source;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What one event loop can decide by itself, a charge at a time: the leases that it holds ({@link
 * HeldLeases}), and the refusals that it remembers ({@link RememberedRefusal}). Also how often each
 * charge is asked for, which is what sizes the next lease.
 *
 * <p>A lease was paid before it came here, so spending it can never exceed a limit; it may be spent
 * until the shortest of its windows ends, on the nano clock, which no one can set and which goes on
 * while the process is stopped.
 *
 * <p>Bounded: clients that come once in a while are not remembered, and what finds no room is
 * decided by the store each time ({@link KnownCharges}). Confined to one event loop, and free of
 * Vert.x.
 */
final class LocalDecisions {
  private final DecisionMeter meter;
  private final KnownCharges known;
  private final HeldLeases leases;

  /**
   * @param most how many charges are remembered at once
   */
  LocalDecisions(int most, DecisionMeter meter) {
    this.meter = meter;
    this.known = new KnownCharges(most);
    this.leases = new HeldLeases(meter);
  }

  /** The decision, if the loop can make it at this instant of the nano clock; else null. */
  @Nullable Decision decide(Charge charge, long nowNanos) {
    KnownCharge entry = known.find(charge);
    if (entry == null) {
      return null;
    }
    entry.rate.count(nowNanos);
    HeldLease lease = entry.lease;
    if (lease != null && !lease.isOver(nowNanos)) {
      Decision allowed = leases.spend(entry, lease, nowNanos);
      meter.decided(allowed, Source.LEASE);
      return allowed;
    }
    RememberedRefusal refusal = entry.refusal;
    if (refusal != null && refusal.isBelieved(nowNanos)) {
      Decision refused = new Decision(charge, false, refusal.standing(), 0, nowNanos);
      meter.decided(refused, Source.OVER_LIMIT_CACHE);
      return refused;
    }
    return null;
  }

  /**
   * Puts what one request was charged back to the lease that the loop holds in the same windows: it
   * is paid for, and can be spent again.
   *
   * @return whether there is such a lease
   */
  boolean putBack(Decision decision, long nowNanos) {
    KnownCharge entry = known.find(decision.charge());
    if (entry == null
        || entry.lease == null
        || entry.lease.isOver(nowNanos)
        || !entry.lease.standing().receipt().equalTo(decision.standing().receipt())) {
      return false;
    }
    entry.lease.putBack();
    meter.leased(entry.charge.cost());
    return true;
  }

  /** How many charges to wish for beside those that wait: up to about a second's worth. */
  int wish(Charge charge) {
    KnownCharge entry = known.find(charge);
    return entry == null ? 0 : leases.wish(entry);
  }

  /** Whether some lease has become low. */
  boolean hasLow() {
    return leases.hasLow();
  }

  /**
   * The charges whose leases have become low since this was last asked: they want more before they
   * have none, so that no request of theirs needs to wait.
   */
  List<Charge> takeLow() {
    return leases.takeLow();
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
    KnownCharge entry = entry(charge, count, grant, nowNanos);
    if (entry == null) {
      if (grant != null) {
        leases.giveBack(charge, grant.leased(), grant.standing());
      }
      return;
    }
    int wished = entry.wished;
    entry.wished = 0;
    if (grant == null) {
      return;
    }
    if (grant.leased() > 0) {
      leases.hold(entry, grant, wished, nowNanos);
    }
    boolean refused = grant.granted() < count;
    entry.refusal =
        refused ? RememberedRefusal.after(entry.refusal, charge, grant.standing(), nowNanos) : null;
  }

  /** What is known of a charge, or shall be from now on. */
  private @Nullable KnownCharge entry(
      Charge charge, int count, @Nullable Grant grant, long nowNanos) {
    boolean holds = grant != null && (grant.leased() > 0 || grant.granted() < count);
    return holds || known.isFrequent(charge, nowNanos)
        ? known.make(charge, nowNanos)
        : known.find(charge);
  }

  /** Looks for leases that are over, idle, or held for long enough. */
  void sweep(long nowNanos) {
    leases.sweep(nowNanos);
  }

  /** Gives back all leases whose charge is not one of these. */
  void keepOnly(Predicate<Charge> current) {
    leases.keepOnly(current);
  }

  /**
   * Gives back the leases of some charges, and believes no refusal of theirs any more: the store
   * has forgotten what they go back to.
   */
  void forget(Predicate<Charge> which) {
    leases.keepOnly(which.negate());
    known.forEach(
        entry -> {
          if (which.test(entry.charge)) {
            entry.refusal = null;
          }
        });
  }

  /** Gives back what was granted and will not be used: it came too late, or its client has left. */
  void giveBack(Charge charge, int count, Standing granted) {
    leases.giveBack(charge, count, granted);
  }

  /** What is to be given back, each thing once: it leaves the table before it is sent. */
  List<Return> takeReturns() {
    return leases.takeReturns();
  }

  /** How many charges are remembered now. */
  int size() {
    return known.size();
  }
}
