package io.apitwo.decide;

import io.apitwo.bus.Addresses;
import io.apitwo.bus.Ask;
import io.apitwo.bus.Batch;
import io.apitwo.bus.Forget;
import io.apitwo.bus.Look;
import io.apitwo.bus.Looked;
import io.apitwo.bus.Returns;
import io.apitwo.bus.Settled;
import io.apitwo.count.StoreUnavailableException;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Decision;
import io.apitwo.limit.Return;
import io.apitwo.limit.Standing;
import io.apitwo.rules.Rules;
import io.apitwo.telemetry.DecisionMeter;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.MessageProducer;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The decider of one event loop: wires its {@link Loop} to timers and event bus. All that is parked
 * in one turn of the loop travels in one local message; answers come to the loop's own address.
 */
public final class LoopDecider implements Decider {
  private static final StoreUnavailableException NO_ANSWER =
      new StoreUnavailableException("no answer of the counter store");
  private static final DeliveryOptions RETURNS = Addresses.local(Returns.class);
  private static final DeliveryOptions LOOK = Addresses.local(Look.class);
  private static final long SWEEP_MILLIS = 100;

  private final Vertx vertx;
  private final Context context;
  private final String address;
  private final Loop loop;
  private final MessageProducer<Batch> limiter;

  /**
   * Call on the event loop that it serves.
   *
   * @param number tells the node's loops apart
   */
  public LoopDecider(Vertx vertx, int number, DecisionMeter meter) {
    this(vertx, Addresses.loop(number), meter);
  }

  private LoopDecider(Vertx vertx, String address, DecisionMeter meter) {
    this.vertx = vertx;
    this.context = vertx.getOrCreateContext();
    this.address = address;
    this.loop = new Loop(new Outside(), System::nanoTime, meter);
    this.limiter = vertx.eventBus().sender(Addresses.LIMITER, Addresses.local(Batch.class));
    vertx
        .eventBus()
        .<Settled>localConsumer(address, message -> loop.settle(message.body().answers()));
    vertx
        .eventBus()
        .<Forget>localConsumer(Addresses.FORGET, message -> loop.forget(message.body()));
    vertx.setPeriodic(SWEEP_MILLIS, tick -> loop.sweep());
  }

  /** Of how many charges it may know something at once. */
  public static int mostKnown() {
    return Loop.MOST_LOCAL;
  }

  /** Of how many charges it knows something. For any thread. */
  public int known() {
    return loop.known();
  }

  /** Another one of the same event loop, for limits that only count. */
  public static LoopDecider ofShadows(Vertx vertx, int number, DecisionMeter meter) {
    return new LoopDecider(vertx, Addresses.shadowsOfLoop(number), meter);
  }

  /** Another one of the same event loop, for rules on trial. */
  public static LoopDecider onTrial(Vertx vertx, int number) {
    return new LoopDecider(vertx, Addresses.trialOfLoop(number), DecisionMeter.NONE);
  }

  private final class Outside implements Loop.Outside {
    @Override
    public void afterTurn(Runnable task) {
      context.runOnContext(turnEnded -> task.run());
    }

    @Override
    public void after(long millis, Runnable task) {
      vertx.setTimer(millis, timer -> task.run());
    }

    @Override
    public void ask(List<Ask> asks, Runnable lost) {
      limiter.write(new Batch(address, asks)).onFailure(unsent -> lost.run());
    }

    @Override
    public void giveBack(List<Return> returns) {
      vertx.eventBus().send(Addresses.RETURNS, new Returns(returns), RETURNS);
    }

    @Override
    public void giveBack(List<Return> returns, Runnable done) {
      vertx
          .eventBus()
          .request(Addresses.RETURNS, new Returns(returns), RETURNS)
          .onComplete(given -> done.run());
    }
  }

  @Override
  public @Nullable Decision decideNow(Charge charge) {
    return loop.decideNow(charge);
  }

  @Override
  public Future<Decision> decide(Charge charge) {
    Promise<Decision> promise = Promise.promise();
    loop.decide(
        charge,
        decision -> {
          if (decision == null) {
            promise.fail(NO_ANSWER);
          } else {
            promise.complete(decision);
          }
        });
    return promise.future();
  }

  @Override
  public Future<@Nullable Standing> look(Charge charge) {
    return vertx
        .eventBus()
        .<Looked>request(Addresses.LOOK, new Look(List.of(charge)), LOOK)
        .map(message -> message.body().standings().get(0))
        .otherwise(lost -> null);
  }

  @Override
  public void rulesChanged(Rules rules) {
    loop.rulesChanged(rules);
  }

  @Override
  public void unused(Decision decision) {
    loop.unused(decision);
  }

  @Override
  public void refund(Decision decision, BitSet which) {
    loop.refund(decision, which);
  }

  @Override
  public void ended(Decision decision) {
    loop.ended(decision);
  }

  /**
   * Leases no more, and gives all that is held back. Succeeds when nothing is unanswered and the
   * store has what was given back, or has lost it.
   */
  public Future<Void> close() {
    Promise<Void> closed = Promise.promise();
    loop.close(closed::complete);
    return closed.future();
  }
}
