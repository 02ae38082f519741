package io.apitwo.decide;

import io.apitwo.count.CounterStore;
import io.apitwo.limit.Return;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is to be given back, a little at a time: when rules change, or at the end, everything that
 * was on lease comes at once, and decisions must not wait behind it.
 *
 * <p>Confined to one event loop.
 */
final class ReturnQueue {
  private final CounterStore store;
  private final int most;
  private final ArrayDeque<Item> waiting = new ArrayDeque<>();
  private boolean busy;
  private boolean sending;

  /** A call's worth, or, with nothing to give back, the mark that all before it are done. */
  private record Item(List<Return> returns, @Nullable Promise<Void> done) {}

  /**
   * @param most how many returns a call carries
   */
  ReturnQueue(CounterStore store, int most) {
    this.store = store;
    this.most = most;
  }

  /** Succeeds when the store has them, or has lost them. */
  Future<Void> add(List<Return> returns) {
    Promise<Void> done = Promise.promise();
    for (int from = 0; from < returns.size(); from += most) {
      int to = Math.min(returns.size(), from + most);
      waiting.add(new Item(returns.subList(from, to), null));
    }
    waiting.add(new Item(List.of(), done));
    next();
    return done.future();
  }

  private void next() {
    if (sending) {
      return; // a store that answers at once would go one step deeper with each answer
    }
    sending = true;
    try {
      sendAll();
    } finally {
      sending = false;
    }
  }

  private void sendAll() {
    while (!busy && !waiting.isEmpty()) {
      Item item = waiting.remove();
      if (item.done != null) {
        item.done.complete();
      } else {
        busy = true;
        store
            .giveBack(item.returns)
            .onComplete(
                given -> {
                  busy = false;
                  next();
                });
      }
    }
  }
}
