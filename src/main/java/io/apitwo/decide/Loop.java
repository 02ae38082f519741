package io.apitwo.decide;

import io.apitwo.bus.Answer;
import io.apitwo.bus.Ask;
import io.apitwo.bus.Forget;
import io.apitwo.decide.Accumulator.Parked;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Decision;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Return;
import io.apitwo.rules.Rules;
import io.apitwo.telemetry.DecisionMeter;
import io.apitwo.telemetry.DecisionMeter.Source;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides for one event loop: what it can decide alone ({@link LocalDecisions}) at once; the others
 * wait ({@link Accumulator}) for the limiter's answer. All that is parked in one turn of the loop
 * is asked for together.
 *
 * <p>Confined to one thread. Time, turns and the limiter are ports, so that a test can run it in
 * time of its own.
 */
final class Loop {
  private static final Logger log = LoggerFactory.getLogger(Loop.class);
  static final int MOST_LOCAL = 65_536;

  /** Leases that have become low last for longer, and many together cost less. */
  private static final long REFILL_MILLIS = 5;

  private final Outside outside;
  private final LongSupplier nanoClock;
  private final DecisionMeter meter;
  private final LocalDecisions local;
  private final Accumulator<Waiter> accumulator = new Accumulator<>();
  private final LoopReturns returns;
  private int unanswered;
  private boolean refilling;
  private @Nullable Runnable closing;
  private boolean closed;

  /** The limiter, and the turns of the loop. */
  interface Outside {
    /** Runs a task when this turn of the loop has ended. */
    void afterTurn(Runnable task);

    /** Runs a task after so many milliseconds. */
    void after(long millis, Runnable task);

    /**
     * Asks the limiter, whose answers come to {@link Loop#settle}.
     *
     * @param lost to be run when the limiter is not there: no answer will come
     */
    void ask(List<Ask> asks, Runnable lost);

    /** Gives back to the limiter. */
    void giveBack(List<Return> returns);

    /**
     * Gives back to the limiter.
     *
     * @param done to be run when the store has it, or has lost it
     */
    void giveBack(List<Return> returns, Runnable done);
  }

  /**
   * @param nanoClock elapsed time, as {@link System#nanoTime}
   */
  Loop(Outside outside, LongSupplier nanoClock, DecisionMeter meter) {
    this.outside = outside;
    this.nanoClock = nanoClock;
    this.meter = meter;
    this.local = new LocalDecisions(MOST_LOCAL, meter);
    this.returns = new LoopReturns(local, outside);
  }

  /** Of how many charges it knows something; roughly so on another thread. */
  int known() {
    return local.size();
  }

  /** Decides with what the loop knows, if it can; null when somebody must be asked. */
  @Nullable Decision decideNow(Charge charge) {
    if (!charge.isLeasable()) {
      return null;
    }
    Decision decision = local.decide(charge, nanoClock.getAsLong());
    if (local.hasLow() && !refilling) {
      refilling = true;
      outside.after(REFILL_MILLIS, this::refill);
    }
    return decision;
  }

  /**
   * Decides by asking.
   *
   * @param decided takes the decision; null when nobody could say
   */
  void decide(Charge charge, Consumer<@Nullable Decision> decided) {
    park(charge, new Waiter(decided));
  }

  private void park(Charge charge, Waiter waiter) {
    if (accumulator.park(charge, waiter, nanoClock.getAsLong())) {
      outside.afterTurn(this::flush);
    }
  }

  private void refill() {
    refilling = false;
    if (accumulator.isEmpty()) { // else they go with those who wait
      flush();
    }
  }

  private void flush() {
    List<Ask> asks = asks(accumulator.seal(), local.takeLow());
    if (!asks.isEmpty()) {
      unanswered += asks.size();
      outside.ask(asks, () -> lost(asks));
    }
  }

  private List<Ask> asks(List<Parked<Waiter>> sealed, List<Charge> low) {
    List<Ask> asks = new ArrayList<>(sealed.size() + low.size());
    for (Parked<Waiter> parked : sealed) {
      asks.add(new Ask(parked.charge(), parked.waiters().size(), wish(parked.charge()), parked));
    }
    long now = nanoClock.getAsLong();
    for (Charge charge : low) {
      int wish = wish(charge);
      if (wish > 0) {
        asks.add(new Ask(charge, 0, wish, new Parked<Waiter>(charge, now)));
      }
    }
    return asks;
  }

  private int wish(Charge charge) {
    return closing == null ? local.wish(charge) : 0;
  }

  /** Takes answers to what was asked. */
  void settle(List<Answer> answers) {
    unanswered -= answers.size();
    for (Answer answer : answers) {
      Parked<Waiter> parked = parked(answer.ticket());
      try {
        if (answer.grant() == null) {
          fail(parked);
        } else {
          settle(parked, answer.grant());
        }
      } catch (RuntimeException bug) {
        log.error("an answer could not be used", bug);
      }
    }
    returns.send();
    closeIfSettled();
  }

  private void settle(Parked<Waiter> parked, Grant grant) {
    long now = nanoClock.getAsLong();
    Charge charge = parked.charge();
    List<Waiter> waiters = parked.waiters();
    if (now - grant.standing().validUntilNanos() >= 0) {
      askAgain(parked, grant);
      return;
    }
    local.answered(charge, waiters.size(), grant, now);
    for (int i = 0; i < waiters.size(); i++) {
      Decision decision = grant.decision(charge, i, now);
      meter.decided(decision, decision.isDegraded() ? Source.DEGRADED : Source.BATCH);
      waiters.get(i).complete(decision);
    }
  }

  /** The window is over for which this was decided: quota of the next one must not pass for it. */
  private void askAgain(Parked<Waiter> parked, Grant grant) {
    local.answered(parked.charge(), 0, null, nanoClock.getAsLong());
    local.giveBack(parked.charge(), grant.granted() + grant.leased(), grant.standing());
    for (Waiter waiter : parked.waiters()) {
      if (waiter.misses(grant.standing().receipt().windows())) {
        park(parked.charge(), waiter);
      } else {
        waiter.complete(null);
      }
    }
  }

  private void lost(List<Ask> asks) {
    unanswered -= asks.size();
    asks.forEach(ask -> fail(parked(ask.ticket())));
    closeIfSettled();
  }

  @SuppressWarnings("unchecked") // the loop's own ticket
  private static Parked<Waiter> parked(Object ticket) {
    return (Parked<Waiter>) ticket;
  }

  private void fail(Parked<Waiter> parked) {
    local.answered(parked.charge(), 0, null, nanoClock.getAsLong());
    parked.waiters().forEach(waiter -> waiter.complete(null));
  }

  /** Gives back what is held for too long; to be called every {@code 100} ms or so. */
  void sweep() {
    local.sweep(nanoClock.getAsLong());
    returns.send();
  }

  /** Other rules are in force: leases of limits that changed go back unspent. */
  void rulesChanged(Rules rules) {
    local.keepOnly(new CurrentLimits(rules));
    returns.send();
  }

  /** The store has forgotten what a client had used: leases and refusals of before are void. */
  void forget(Forget forgotten) {
    local.forget(forgotten::concerns);
    returns.send();
  }

  /** A request that was allowed will not go anywhere: what it was charged goes back. */
  void unused(Decision decision) {
    returns.unused(decision);
  }

  /** A request that was decided has ended: what it held while it was in flight comes back. */
  void ended(Decision decision) {
    returns.ended(decision);
  }

  /**
   * Some limits do not charge for a request after all.
   *
   * @param which positions in the charge's subjects; of fixed windows all
   */
  void refund(Decision decision, BitSet which) {
    if (!decision.allowed() || which.isEmpty()) {
      return;
    }
    meter.refunded(which.cardinality() * decision.charge().cost());
    returns.refund(decision, which, nanoClock.getAsLong());
  }

  /**
   * Leases no more, and gives all that is held back.
   *
   * @param done run when nothing is unanswered and the store has what was given back, or has lost
   *     it
   */
  void close(Runnable done) {
    closing = done;
    closeIfSettled();
  }

  private void closeIfSettled() {
    if (closing == null || closed || unanswered > 0 || !accumulator.isEmpty()) {
      return;
    }
    closed = true;
    returns.sendAll(closing);
  }
}
