package io.apitwo.decide;

import io.apitwo.bus.Addresses;
import io.apitwo.bus.Answer;
import io.apitwo.bus.Ask;
import io.apitwo.bus.Batch;
import io.apitwo.bus.Returns;
import io.apitwo.bus.Settled;
import io.apitwo.count.StoreUnavailableException;
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
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.MessageProducer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The decider of one event loop: wiring between the loop, what it can decide alone ({@link
 * LocalDecisions}), those who wait ({@link Accumulator}) and the limiter verticle. All that is
 * parked in one turn of the loop travels in one local message; answers come to the loop's own
 * address.
 */
public final class LoopDecider implements Decider {
  private static final Logger log = LoggerFactory.getLogger(LoopDecider.class);
  private static final StoreUnavailableException NO_ANSWER =
      new StoreUnavailableException("no answer of the counter store");
  private static final DeliveryOptions RETURNS = Addresses.local(Returns.class);
  private static final int MOST_LOCAL = 65_536;
  private static final long SWEEP_MILLIS = 100;

  /** A decision that came too late for its window is asked for again, but not for ever. */
  private static final int MOST_TIMES = 3;

  private final Vertx vertx;
  private final Context context;
  private final String address;
  private final DecisionMeter meter;
  private final LocalDecisions local;
  private final Accumulator<Waiter> accumulator = new Accumulator<>();
  private final Endings endings = new Endings();
  private final MessageProducer<Batch> limiter;
  private int unanswered;
  private @Nullable Promise<Void> closing;
  private boolean closed;

  private static final class Waiter {
    final Promise<Decision> promise = Promise.promise();
    int times = 1;
  }

  /**
   * Call on the event loop that it serves.
   *
   * @param number tells the node's loops apart
   */
  public LoopDecider(Vertx vertx, int number, DecisionMeter meter) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.address = Addresses.loop(number);
    this.meter = meter;
    this.local = new LocalDecisions(MOST_LOCAL, meter);
    this.limiter = vertx.eventBus().sender(Addresses.LIMITER, Addresses.local(Batch.class));
    vertx.eventBus().<Settled>localConsumer(address, message -> settle(message.body()));
    vertx.setPeriodic(SWEEP_MILLIS, tick -> sweep());
  }

  @Override
  public @Nullable Decision decideNow(Charge charge) {
    return !charge.isLeasable() ? null : local.decide(charge, System.nanoTime());
  }

  @Override
  public Future<Decision> decide(Charge charge) {
    Waiter waiter = new Waiter();
    park(charge, waiter);
    return waiter.promise.future();
  }

  private void park(Charge charge, Waiter waiter) {
    if (accumulator.park(charge, waiter, System.nanoTime())) {
      context.runOnContext(turnEnded -> flush());
    }
  }

  private void flush() {
    List<Parked<Waiter>> sealed = accumulator.seal();
    List<Ask> asks = new ArrayList<>(sealed.size());
    for (Parked<Waiter> parked : sealed) {
      int wish = closing == null ? local.wish(parked.charge()) : 0;
      asks.add(new Ask(parked.charge(), parked.waiters().size(), wish, parked));
    }
    unanswered += asks.size();
    limiter.write(new Batch(address, asks)).onFailure(unsent -> lost(sealed));
  }

  private void settle(Settled settled) {
    unanswered -= settled.answers().size();
    for (Answer answer : settled.answers()) {
      @SuppressWarnings("unchecked") // the loop's own ticket
      Parked<Waiter> parked = (Parked<Waiter>) answer.ticket();
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
    long now = System.nanoTime();
    Charge charge = parked.charge();
    List<Waiter> waiters = parked.waiters();
    if (now - grant.standing().validUntilNanos() >= 0) {
      askAgain(parked, grant);
      return;
    }
    local.answered(charge, waiters.size(), grant, now);
    for (int i = 0; i < waiters.size(); i++) {
      Decision decision = grant.decision(charge, i, now);
      meter.decided(decision, Source.BATCH);
      complete(waiters.get(i), decision);
    }
  }

  /** The window is over for which this was decided: quota of the next one must not pass for it. */
  private void askAgain(Parked<Waiter> parked, Grant grant) {
    local.answered(parked.charge(), 0, null, System.nanoTime());
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
      if (decision == null) {
        waiter.promise.fail(NO_ANSWER);
      } else {
        waiter.promise.complete(decision);
      }
    } catch (RuntimeException bug) {
      log.error("a decision could not be used", bug);
    }
  }

  private void lost(List<Parked<Waiter>> sealed) {
    unanswered -= sealed.size();
    sealed.forEach(this::fail);
    closeIfSettled();
  }

  private void fail(Parked<Waiter> parked) {
    local.answered(parked.charge(), 0, null, System.nanoTime());
    parked.waiters().forEach(waiter -> complete(waiter, null));
  }

  private void sweep() {
    local.sweep(System.nanoTime());
    sendReturns();
  }

  private void sendReturns() {
    List<Return> returns = takeReturns();
    if (!returns.isEmpty()) {
      vertx.eventBus().send(Addresses.RETURNS, new Returns(returns), RETURNS);
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

  @Override
  public void rulesChanged(Rules rules) {
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

  @Override
  public void unused(Decision decision) {
    if (decision.allowed()) {
      local.giveBack(decision.charge(), 1, decision.standing());
      if (decision.charge().holdsPermits()) { // others wait for them
        context.runOnContext(turnEnded -> sendReturns());
      }
    }
  }

  @Override
  public void ended(Decision decision) {
    if (decision.charge().holdsPermits() && decision.allowed() && endings.add(decision)) {
      context.runOnContext(turnEnded -> sendReturns());
    }
  }

  /**
   * Leases no more, and gives all that is held back. Succeeds when nothing is unanswered and the
   * store has what was given back, or has lost it.
   */
  public Future<Void> close() {
    closing = Promise.promise();
    closeIfSettled();
    return closing.future();
  }

  private void closeIfSettled() {
    if (closing == null || closed || unanswered > 0 || !accumulator.isEmpty()) {
      return;
    }
    closed = true;
    local.keepOnly(charge -> false);
    List<Return> returns = takeReturns();
    if (returns.isEmpty()) {
      closing.complete();
    } else {
      vertx
          .eventBus()
          .request(Addresses.RETURNS, new Returns(returns), RETURNS)
          .<Void>mapEmpty()
          .onComplete(closing);
    }
  }
}
