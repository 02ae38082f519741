package io.apitwo.identify;

import io.vertx.core.Context;
import io.vertx.core.Future;
import java.util.function.Supplier;

/**
 * Has key sets fetched when a token names a key that is in none of them, but not twice in half a
 * minute, for strangers can write such tokens.
 *
 * <p>Told on any thread; all else is confined to one event loop.
 */
final class JwksMisses implements Runnable {
  private static final long MILLION = 1_000_000;
  private static final long BETWEEN_NANOS = 30_000 * MILLION;

  private final Context context;
  private final FetchedKeys fetched;
  private final Supplier<Future<?>> fetch;
  private boolean asked;
  private long askedNanos;

  /**
   * @param context of the event loop
   * @param fetched that tells
   * @param fetch fetches the sets once; done whatever came of it
   */
  JwksMisses(Context context, FetchedKeys fetched, Supplier<Future<?>> fetch) {
    this.context = context;
    this.fetched = fetched;
    this.fetch = fetch;
  }

  @Override
  public void run() {
    context.runOnContext(now -> missed());
  }

  private void missed() {
    long nanos = System.nanoTime();
    long left = asked ? BETWEEN_NANOS - (nanos - askedNanos) : 0;
    if (left > 0) {
      context.owner().setTimer(left / MILLION + 1, later -> missed());
      return;
    }
    asked = true;
    askedNanos = nanos;
    fetch.get().onComplete(done -> fetched.answered());
  }
}
