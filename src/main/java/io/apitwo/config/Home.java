package io.apitwo.config;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The event loop that the documents belong to, and how others come to it: whatever thread asks, the
 * work is done there, and the answer comes back on the asker's own context.
 */
final class Home {
  private volatile @Nullable Vertx vertx;
  private volatile @Nullable Context context;

  void isHere(Vertx vertx, Context context) {
    this.vertx = vertx;
    this.context = context;
  }

  /** Does something on the event loop, for any thread. */
  <T> Future<T> call(Supplier<Future<T>> work) {
    Context here = context;
    if (here == null) {
      return Future.failedFuture(new AuthorityException("not started"));
    }
    Context asker = Vertx.currentContext();
    Promise<T> answer = Promise.promise();
    here.runOnContext(
        now -> work.get().onComplete((value, failure) -> back(asker, answer, value, failure)));
    return answer.future();
  }

  private static <T> void back(
      @Nullable Context asker, Promise<T> answer, T value, @Nullable Throwable failure) {
    if (asker == null) {
      answer.complete(value, failure);
    } else {
      asker.runOnContext(now -> answer.complete(value, failure));
    }
  }

  /** Has a foreign future go on here. On this event loop only. */
  <T> Future<T> here(Future<T> foreign) {
    Promise<T> answer = Promise.promise();
    Context here = context;
    if (here == null) {
      return foreign;
    }
    foreign.onComplete(
        (value, failure) -> here.runOnContext(now -> answer.complete(value, failure)));
    return answer.future();
  }

  /** Does something that may block, elsewhere, one after the other. On this event loop only. */
  <T> Future<T> inTurn(Callable<T> work) {
    return blocking(work, true);
  }

  /** Does something that may take a while, elsewhere. On this event loop only. */
  <T> Future<T> aside(Callable<T> work) {
    return blocking(work, false);
  }

  /** Does something later. On this event loop only. */
  void after(long millis, Runnable work) {
    Vertx there = vertx;
    if (there != null) {
      there.setTimer(millis, late -> work.run());
    }
  }

  private <T> Future<T> blocking(Callable<T> work, boolean inTurn) {
    Vertx there = vertx;
    return there == null
        ? Future.failedFuture(new AuthorityException("not started"))
        : there.executeBlocking(work, inTurn);
  }
}
