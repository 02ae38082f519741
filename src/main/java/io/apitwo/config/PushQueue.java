package io.apitwo.config;

import io.apitwo.rules.InvalidDocumentException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Pushes that come faster than they can be made: one is under way, and of those that wait meanwhile
 * only the last valid one is made; it is what the others before it would have been replaced by, so
 * they are answered with it, those of them that are valid. Under a storm there are at most two a
 * second.
 *
 * <p>What names the revision that it was made from, or only wants to be checked, does not wait.
 *
 * <p>Belongs to the event loop of its {@link Home}.
 */
final class PushQueue {
  private static final int MOST_WAITING = 4_096;
  private static final long MOST_CHARACTERS = 16 << 20;

  /** So many at once are a storm. */
  private static final int STORM = 8;

  private static final long PACE_MILLIS = 500;

  private final Home home;
  private final Function<Push, Future<Pushed>> make;
  private final Overtaken overtaken;
  private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
  private long characters;
  private boolean busy;

  private record Waiting(Push push, Promise<Pushed> promise) {}

  /**
   * @param make checks a push and makes it
   * @param check fails with {@link InvalidDocumentException} when a push is not valid
   */
  PushQueue(Home home, Function<Push, Future<Pushed>> make, Function<Push, Future<?>> check) {
    this.home = home;
    this.make = make;
    this.overtaken = new Overtaken(check, task -> home.after(Overtaken.TICK_MILLIS, task));
  }

  /** As {@link Rulebook#push}. */
  Future<Pushed> add(Push push) {
    if (push.ifMatch() != null || push.dryRun()) {
      return make.apply(push);
    }
    long size = push.text().length();
    if (waiting.size() + overtaken.size() >= MOST_WAITING
        || characters + overtaken.characters() + size > MOST_CHARACTERS) {
      return Future.failedFuture(new AuthorityException("too many pushes wait"));
    }
    Promise<Pushed> promise = Promise.promise();
    waiting.add(new Waiting(push, promise));
    characters += size;
    next();
    return promise.future();
  }

  private void next() {
    if (busy || waiting.isEmpty()) {
      return;
    }
    busy = true;
    List<Waiting> batch = new ArrayList<>(waiting);
    waiting.clear();
    characters = 0;
    newest(batch)
        .onComplete(
            done -> {
              busy = false;
              if (waiting.size() < STORM) {
                next();
              } else {
                busy = true;
                home.after(
                    PACE_MILLIS,
                    () -> {
                      busy = false;
                      next();
                    });
              }
            });
  }

  /** Makes the last one of a batch; one that is not valid makes way for the one before it. */
  private Future<Void> newest(List<Waiting> batch) {
    if (batch.isEmpty()) {
      return Future.succeededFuture();
    }
    Waiting last = batch.remove(batch.size() - 1);
    return make.apply(last.push)
        .transform(
            made -> {
              last.promise.complete(made.result(), made.cause());
              if (made.cause() instanceof InvalidDocumentException) {
                refuse(batch, last.push, made.cause());
                return newest(batch);
              }
              Pushed later = made.succeeded() ? made.result().superseding() : null;
              batch.forEach(each -> overtaken.add(each.push, each.promise, later, made.cause()));
              return Future.succeededFuture();
            });
  }

  /** What is not valid is not tried twice. */
  private static void refuse(List<Waiting> batch, Push like, Throwable cause) {
    batch.removeIf(
        each -> {
          boolean same = each.push.equals(like);
          if (same) {
            each.promise.fail(cause);
          }
          return same;
        });
  }
}
