package io.apitwo.decide;

import io.apitwo.bus.Answer;
import io.apitwo.bus.Ask;
import io.apitwo.decide.Accumulator.Parked;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Decision;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Return;
import io.apitwo.limit.Subject;
import io.apitwo.rules.LimitRule;
import io.apitwo.rules.Rules;
import io.apitwo.telemetry.DecisionMeter;
import io.apitwo.telemetry.DecisionMeter.Source;
import java.util.ArrayList;
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
  private static final int MOST_LOCAL = 65_536;

  /** A decision that came too late for its window is asked for again, but not for ever. */
  private static final int MOST_TIMES = 3;

  /** Leases that have become low last for longer, and many together cost less. */
  private static final long REFILL_MILLIS = 5;

  private final Outside outside;
  private final LongSupplier nanoClock;
  private final DecisionMeter meter;
  private final LocalDecisions local;
  private final Accumulator<Waiter> accumulator = new Accumulator<>();
  private final Endings endings = new Endings();
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

  private static final class Waiter {
    final Consumer<@Nullable Decision> decided;
    int times = 1;

    Waiter(Consumer<@Nullable Decision> decided) {
      this.decided = decided;
    }
  }

  /**
   * @param nanoClock elapsed time, as {@link System#nanoTime}
   */
  Loop(Outside outside, LongSupplier nanoClock, DecisionMeter meter) {
    this.outside = outside;
    this.nanoClock = nanoClock;
    this.meter = meter;
    this.local = new LocalDecisions(MOST_LOCAL, meter);
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
    List<Parked<Waiter>> sealed = accumulator.seal();
    List<Charge> low = local.takeLow();
    List<Ask> asks = new ArrayList<>(sealed.size() + low.size());
    for (Parked<Waiter> parked : sealed) {
      int wish = closing == null ? local.wish(parked.charge()) : 0;
      asks.add(new Ask(parked.charge(), parked.waiters().size(), wish, parked));
    }
    long now = nanoClock.getAsLong();
    for (Charge charge : low) {
      int wish = closing == null ? local.wish(charge) : 0;
      if (wish > 0) {
        asks.add(new Ask(charge, 0, wish, new Parked<Waiter>(charge, now)));
      }
    }
    if (!asks.isEmpty()) {
      unanswered += asks.size();
      outside.ask(asks, () -> lost(asks));
    }
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
    sendReturns();
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
      complete(waiters.get(i), decision);
    }
  }

  /** The window is over for which this was decided: quota of the next one must not pass for it. */
  private void askAgain(Parked<Waiter> parked, Grant grant) {
    local.answered(parked.charge(), 0, null, nanoClock.getAsLong());
    local.giveBack(parked.charge(), grant.granted() + grant.leased(), grant.standing());
    for (Waiter waiter : parked.waiters()) {
      if (waiter.times++ < MOST_TIMES) {
        park(parked.charge(), waiter);
      } else {
        complete(waiter, null);
      }
    }
  }

  /** One request's bug must not cost the others of its batch their answers. */
  private static void complete(Waiter waiter, @Nullable Decision decision) {
    try {
      waiter.decided.accept(decision);
    } catch (RuntimeException bug) {
      log.error("a decision could not be used", bug);
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
    parked.waiters().forEach(waiter -> complete(waiter, null));
  }

  /** Gives back what is held for too long; to be called every {@code 100} ms or so. */
  void sweep() {
    local.sweep(nanoClock.getAsLong());
    sendReturns();
  }

  private void sendReturns() {
    List<Return> returns = takeReturns();
    if (!returns.isEmpty()) {
      outside.giveBack(returns);
    }
  }

  private List<Return> takeReturns() {
    List<Return> unspent = local.takeReturns();
    List<Return> ended = endings.take();
    if (unspent.isEmpty() || ended.isEmpty()) {
      return unspent.isEmpty() ? ended : unspent;
    }
    List<Return> all = new ArrayList<>(unspent);
    all.addAll(ended);
    return all;
  }

  /** Other rules are in force: leases of limits that changed go back unspent. */
  void rulesChanged(Rules rules) {
    local.keepOnly(charge -> isCurrent(charge, rules));
    sendReturns();
  }

  private static boolean isCurrent(Charge charge, Rules rules) {
    for (Subject subject : charge.subjects()) {
      LimitRule rule = rules.limits().get(subject.limit().name());
      if (rule == null || !rule.limit().equals(subject.limit())) {
        return false;
      }
    }
    return true;
  }

  /** A request that was allowed will not go anywhere: what it was charged goes back. */
  void unused(Decision decision) {
    if (decision.allowed()) {
      local.giveBack(decision.charge(), 1, decision.standing());
      if (decision.charge().holdsPermits()) { // others wait for them
        outside.afterTurn(this::sendReturns);
      }
    }
  }

  /** A request that was decided has ended: what it held while it was in flight comes back. */
  void ended(Decision decision) {
    if (decision.charge().holdsPermits() && decision.allowed() && endings.add(decision)) {
      outside.afterTurn(this::sendReturns);
    }
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
    local.keepOnly(charge -> false);
    List<Return> returns = takeReturns();
    if (returns.isEmpty()) {
      closing.run();
    } else {
      outside.giveBack(returns, closing);
    }
  }
}
