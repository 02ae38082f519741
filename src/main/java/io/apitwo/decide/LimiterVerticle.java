package io.apitwo.decide;

import io.apitwo.bus.Addresses;
import io.apitwo.bus.Answer;
import io.apitwo.bus.Batch;
import io.apitwo.bus.Forget;
import io.apitwo.bus.Look;
import io.apitwo.bus.Looked;
import io.apitwo.bus.Reset;
import io.apitwo.bus.Returns;
import io.apitwo.bus.Settled;
import io.apitwo.count.CounterStore;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Standing;
import io.apitwo.telemetry.LadderMeter;
import io.apitwo.telemetry.Meters;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Wires the node's {@link Limiter} to event bus, timers and counter store, on one event loop.
 * Deployed once, before any listener opens, so that no request can come before it.
 */
public final class LimiterVerticle extends VerticleBase {
  private static final DeliveryOptions ANSWER = Addresses.local(Settled.class);
  private static final DeliveryOptions LOOKED = Addresses.local(Looked.class);

  private final CounterStore store;
  private final Limiter limiter;
  private final Ladder ladder;

  /**
   * @param timeout how long a request may wait for the store's word
   * @param mostLocal how many clients, once for each limit, are kept apart while the store gives no
   *     answer
   */
  public LimiterVerticle(CounterStore store, Duration timeout, int mostLocal, LadderMeter meter) {
    this.store = store;
    InstantSource system = InstantSource.system();
    LocalShare share =
        new LocalShare(
            () -> system.instant().plusMillis(store.skewMillis()), System::nanoTime, mostLocal);
    this.ladder = new Ladder(share, store::liveNodes, meter);
    this.limiter =
        new Limiter(new StoreCalls(store), ladder, new Outside(), System::nanoTime, timeout);
  }

  /** Whether decisions are made without the store now. On any thread. */
  public boolean isDegraded() {
    return limiter.isDegraded();
  }

  /** Shows how full its tables are, which fill while the store gives no answer. */
  public void showTables(Meters meters, int mostLocal) {
    meters.table("shares", mostLocal, ladder::shares);
    meters.table("hits", Ladder.MOST_HITS, ladder::hits);
    meters.table("seen", LocalShare.MOST_SEEN, ladder::seen);
  }

  private final class Outside implements Limiter.Outside {
    @Override
    public void answer(String loop, List<Answer> answers) {
      vertx.eventBus().send(loop, new Settled(answers), ANSWER);
    }

    @Override
    public void after(long millis, Runnable task) {
      vertx.setTimer(millis, timer -> task.run());
    }
  }

  @Override
  public Future<?> start() {
    Future<Void> asks =
        vertx
            .eventBus()
            .<Batch>localConsumer(Addresses.LIMITER, message -> limiter.take(message.body()))
            .completion();
    Future<Void> returned =
        vertx
            .eventBus()
            .<Returns>localConsumer(
                Addresses.RETURNS,
                message -> limiter.giveBack(message.body().returns(), () -> message.reply(null)))
            .completion();
    Future<Void> looks =
        vertx.eventBus().<Look>localConsumer(Addresses.LOOK, this::look).completion();
    Future<Void> resets =
        vertx.eventBus().<Reset>localConsumer(Addresses.RESET, this::reset).completion();
    vertx
        .eventBus()
        .<Forget>localConsumer(Addresses.FORGET, message -> limiter.forget(message.body()));
    store.onChange(limiter::storeChanged);
    return Future.join(asks, returned, looks, resets)
        .compose(listening -> store.start())
        .onSuccess(started -> limiter.storeChanged()); // it may not be there
  }

  private void look(Message<Look> message) {
    List<Charge> charges = message.body().charges();
    store
        .settle(charges.stream().map(charge -> new Demand(charge, 0)).toList())
        .otherwise(unknown -> Collections.nCopies(charges.size(), null))
        .map(LimiterVerticle::standings)
        .onSuccess(standings -> message.reply(new Looked(standings), LOOKED));
  }

  private static List<@Nullable Standing> standings(List<@Nullable Grant> grants) {
    List<@Nullable Standing> standings = new ArrayList<>(grants.size());
    for (Grant grant : grants) {
      standings.add(grant == null ? null : grant.standing());
    }
    return standings;
  }

  private void reset(Message<Reset> message) {
    store
        .reset(message.body().subjects())
        .onSuccess(done -> message.reply(null))
        .onFailure(cause -> message.fail(503, cause.getMessage()));
  }

  @Override
  public Future<?> stop() {
    return store.close();
  }
}
