package io.apitwo.decide;

import io.apitwo.bus.Addresses;
import io.apitwo.bus.Batch;
import io.apitwo.bus.Settled;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Decision;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.MessageProducer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The decider of one event loop: wiring between the loop, its {@link Accumulator} and the limiter
 * verticle. All charges of one turn of the loop travel in one local message; the answer comes to
 * the loop's own address.
 */
public final class LoopDecider implements Decider {
  private static final Logger log = LoggerFactory.getLogger(LoopDecider.class);

  private final Context context;
  private final String address;
  private final Accumulator<Promise<Decision>> accumulator = new Accumulator<>();
  private final MessageProducer<Batch> limiter;

  /**
   * Call on the event loop that it serves.
   *
   * @param number tells the node's loops apart
   */
  public LoopDecider(Vertx vertx, int number) {
    this.context = vertx.getOrCreateContext();
    this.address = Addresses.loop(number);
    this.limiter = vertx.eventBus().sender(Addresses.LIMITER, Addresses.local(Batch.class));
    vertx.eventBus().<Settled>localConsumer(address, message -> settle(message.body()));
  }

  @Override
  public Future<Decision> decide(Charge charge) {
    Promise<Decision> waiter = Promise.promise();
    if (accumulator.park(charge, waiter)) {
      context.runOnContext(turnEnded -> flush());
    }
    return waiter.future();
  }

  private void flush() {
    Accumulator.Sealed batch = accumulator.seal();
    limiter
        .write(new Batch(address, batch.number(), batch.demands()))
        .onFailure(unsent -> fail(batch.number(), unsent));
  }

  private void settle(Settled answer) {
    if (answer.failure() == null) {
      accumulator.settle(
          answer.number(), answer.grants(), System.nanoTime(), LoopDecider::complete);
    } else {
      fail(answer.number(), answer.failure());
    }
  }

  /** One request's bug must not cost the others of its batch their answers. */
  private static void complete(Promise<Decision> waiter, Decision decision) {
    try {
      waiter.complete(decision);
    } catch (RuntimeException bug) {
      log.error("a decision could not be used", bug);
    }
  }

  private void fail(long number, Throwable cause) {
    accumulator.abandon(number).forEach(waiter -> waiter.fail(cause));
  }
}
