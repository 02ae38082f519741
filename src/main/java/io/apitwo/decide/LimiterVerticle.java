package io.apitwo.decide;

import io.apitwo.bus.Addresses;
import io.apitwo.bus.Answer;
import io.apitwo.bus.Ask;
import io.apitwo.bus.Batch;
import io.apitwo.bus.Returns;
import io.apitwo.bus.Settled;
import io.apitwo.count.CounterStore;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Return;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.DeliveryOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one owner of a node's counter store: takes the loops' batches, keeps flights to the store in
 * the air ({@link Lane}) and answers each loop. Whoever has waited for {@code store.timeout} is
 * told that there is no answer. Deployed once, before any listener opens, so that no request can
 * come before it.
 */
public final class LimiterVerticle extends VerticleBase {
  /** So many demands are decided in a moment, and the next flight need not wait for long. */
  private static final int MOST_GROUPS = 128;

  /** For a store that is far away. */
  private static final int MOST_FLIGHTS = 4;

  private static final int MOST_WAITING = 65_536;
  private static final long SWEEP_MILLIS = 5;

  /** A sweep that comes this much late means that the process stood still: answers may be there. */
  private static final long PAUSE_NANOS = 10_000_000;

  private static final Logger log = LoggerFactory.getLogger(LimiterVerticle.class);
  private static final DeliveryOptions ANSWER = Addresses.local(Settled.class);

  private final CounterStore store;
  private final long timeoutNanos;
  private final Lane[] lanes;
  private final Set<Lane> touched = new LinkedHashSet<>();
  private Map<String, List<Answer>> outbox = new HashMap<>();
  private final ReturnQueue returns;
  private boolean landing;
  private boolean sweeping;
  private boolean paused;
  private long sweepDueNanos;

  /**
   * @param timeout how long a request may wait for the store's word
   */
  public LimiterVerticle(CounterStore store, Duration timeout) {
    this.store = store;
    this.timeoutNanos = timeout.toNanos();
    this.returns = new ReturnQueue(store, MOST_GROUPS);
    this.lanes = new Lane[store.lanes()];
    for (int i = 0; i < lanes.length; i++) {
      lanes[i] = new Lane(MOST_GROUPS, MOST_FLIGHTS);
    }
  }

  @Override
  public Future<?> start() {
    Future<Void> asks =
        vertx
            .eventBus()
            .<Batch>localConsumer(Addresses.LIMITER, message -> take(message.body()))
            .completion();
    Future<Void> returned =
        vertx
            .eventBus()
            .<Returns>localConsumer(
                Addresses.RETURNS,
                message ->
                    returns.add(message.body().returns()).onComplete(done -> message.reply(null)))
            .completion();
    return Future.join(asks, returned).compose(listening -> store.start());
  }

  @Override
  public Future<?> stop() {
    return store.close();
  }

  private void take(Batch batch) {
    long now = System.nanoTime();
    for (Ask ask : batch.asks()) {
      Lane lane = lanes[store.lane(ask.charge())];
      touched.add(lane);
      if (lane.waiting() < MOST_WAITING) {
        lane.add(batch.replyTo(), ask, now);
      } else {
        answer(new Lane.Part(batch.replyTo(), ask), null);
      }
    }
    touched.forEach(this::pump);
    touched.clear();
    deliver();
  }

  private void pump(Lane lane) {
    Lane.Flight flight = lane.takeOff(System.nanoTime());
    while (flight != null) {
      Lane.Flight next = flight;
      ask(next.demands()).onComplete(result -> land(lane, next, result));
      flight = lane.takeOff(System.nanoTime());
    }
    if (!sweeping && !lane.isIdle()) {
      sweepLater();
    }
  }

  private Future<List<@Nullable Grant>> ask(List<Demand> demands) {
    try {
      return store.settle(demands);
    } catch (OutOfMemoryError last) {
      throw last; // ends the process
    } catch (Throwable bug) { // an Error too: whatever happens, those who wait get an answer
      log.error("the {} store failed on a batch of {}", store.name(), demands.size(), bug);
      return Future.failedFuture(bug);
    }
  }

  private void land(Lane lane, Lane.Flight flight, AsyncResult<List<@Nullable Grant>> result) {
    List<@Nullable Grant> grants = result.succeeded() ? result.result() : List.of();
    List<Return> late = lane.land(flight, grants, this::answer);
    if (!late.isEmpty()) {
      returns.add(late);
    }
    if (!landing) {
      landing = true; // a store that answers at once would land the next flight inside this one
      pump(lane);
      landing = false;
      deliver();
    }
  }

  private void answer(Lane.Part part, @Nullable Grant grant) {
    outbox
        .computeIfAbsent(part.replyTo(), to -> new ArrayList<>())
        .add(new Answer(part.ask().ticket(), grant));
  }

  /** One message to each loop that something was decided for. */
  private void deliver() {
    if (outbox.isEmpty()) {
      return;
    }
    Map<String, List<Answer>> sent = outbox;
    outbox = new HashMap<>();
    sent.forEach((to, answers) -> vertx.eventBus().send(to, new Settled(answers), ANSWER));
  }

  private void sweepLater() {
    sweeping = true;
    sweepDueNanos = System.nanoTime() + SWEEP_MILLIS * 1_000_000;
    vertx.setTimer(SWEEP_MILLIS, timer -> sweep());
  }

  private void sweep() {
    sweeping = false;
    long now = System.nanoTime();
    paused = !paused && now - sweepDueNanos > PAUSE_NANOS; // let it pass once, not for ever
    boolean idle = true;
    for (Lane lane : lanes) {
      if (!paused) {
        lane.giveUp(now - timeoutNanos, this::answer);
      }
      pump(lane);
      idle &= lane.isIdle();
    }
    deliver();
    if (!idle && !sweeping) {
      sweepLater();
    }
  }
}
