package io.apitwo.count;

import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Hit;
import io.apitwo.limit.Return;
import io.apitwo.limit.Subject;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetServer;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A store on an event loop of its own, as the limiter has it; called from any thread. */
final class OnLoop implements CounterStore {
  private final Vertx vertx = Vertx.vertx();
  private final Context loop = vertx.getOrCreateContext();
  private final CounterStore store;

  OnLoop(Function<Vertx, CounterStore> maker) {
    store = maker.apply(vertx);
    await(start());
  }

  static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    } catch (java.util.concurrent.ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private <T> Future<T> on(Supplier<Future<T>> step) {
    Promise<T> promise = Promise.promise();
    loop.runOnContext(
        go -> {
          try {
            step.get().onComplete(promise::handle);
          } catch (RuntimeException bug) {
            promise.fail(bug);
          }
        });
    return promise.future();
  }

  @Override
  public String name() {
    return store.name();
  }

  @Override
  public Future<Void> start() {
    return on(store::start);
  }

  @Override
  public Future<List<@Nullable Grant>> settle(List<Demand> demands) {
    return on(() -> store.settle(demands));
  }

  /**
   * Holds the loop up in the midst of reading, as a collection of garbage would, so that timers
   * that are due come before other sockets.
   *
   * @param meanwhile done once it stands still
   */
  void standStill(Duration still, Runnable meanwhile) throws Exception {
    CountDownLatch standing = new CountDownLatch(1);
    NetServer server =
        await(
            on(
                () ->
                    vertx
                        .createNetServer()
                        .connectHandler(
                            socket ->
                                socket.handler(
                                    any -> {
                                      standing.countDown();
                                      park(still);
                                    }))
                        .listen(0, "127.0.0.1")));
    try (Socket socket = new Socket("127.0.0.1", server.actualPort())) {
      socket.getOutputStream().write(1);
      if (!standing.await(20, TimeUnit.SECONDS)) {
        throw new IllegalStateException("the loop goes on");
      }
      meanwhile.run();
    }
    await(server.close());
  }

  private static void park(Duration still) {
    long until = System.nanoTime() + still.toNanos();
    while (System.nanoTime() - until < 0) {
      LockSupport.parkNanos(until - System.nanoTime());
    }
  }

  @Override
  public Future<Void> giveBack(List<Return> returns) {
    return on(() -> store.giveBack(returns));
  }

  @Override
  public Future<Charged> charge(List<Hit> hits) {
    return on(() -> store.charge(hits));
  }

  @Override
  public Future<Void> reset(List<Subject> subjects) {
    return on(() -> store.reset(subjects));
  }

  @Override
  public int liveNodes() {
    return await(on(() -> Future.succeededFuture(store.liveNodes())));
  }

  @Override
  public long skewMillis() {
    return await(on(() -> Future.succeededFuture(store.skewMillis())));
  }

  @Override
  public boolean isAvailable() {
    return await(on(() -> Future.succeededFuture(store.isAvailable())));
  }

  /** Closes the store and the loop. */
  void stop() {
    await(on(store::close));
    await(vertx.close());
  }
}
