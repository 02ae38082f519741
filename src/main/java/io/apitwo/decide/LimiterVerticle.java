package io.apitwo.decide;

import io.apitwo.bus.Addresses;
import io.apitwo.bus.Batch;
import io.apitwo.bus.Settled;
import io.apitwo.count.CounterStore;
import io.apitwo.limit.Grant;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.DeliveryOptions;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one owner of a node's counters: takes the loops' batches, asks the store and answers each
 * loop. Deployed once, before any listener opens, so that no request can come before it.
 */
public final class LimiterVerticle extends VerticleBase {
  private static final Logger log = LoggerFactory.getLogger(LimiterVerticle.class);
  private static final DeliveryOptions ANSWER = Addresses.local(Settled.class);

  private final CounterStore store;

  public LimiterVerticle(CounterStore store) {
    this.store = store;
  }

  @Override
  public Future<?> start() {
    return vertx
        .eventBus()
        .<Batch>localConsumer(Addresses.LIMITER, message -> settle(message.body()))
        .completion();
  }

  private void settle(Batch batch) {
    ask(batch).onComplete(result -> answer(batch, result));
  }

  private Future<List<Grant>> ask(Batch batch) {
    try {
      return store.settle(batch.demands());
    } catch (OutOfMemoryError last) {
      throw last; // ends the process
    } catch (Throwable bug) { // an Error too: whatever happens, those who wait get an answer
      log.error("the {} store failed on a batch of {}", store.name(), batch.demands().size(), bug);
      return Future.failedFuture(bug);
    }
  }

  private void answer(Batch batch, AsyncResult<List<Grant>> result) {
    Settled settled =
        result.succeeded()
            ? new Settled(batch.number(), result.result(), null)
            : new Settled(batch.number(), List.of(), result.cause());
    vertx.eventBus().send(batch.replyTo(), settled, ANSWER);
  }
}
