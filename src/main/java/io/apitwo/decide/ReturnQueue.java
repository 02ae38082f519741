package io.apitwo.decide;

import io.apitwo.limit.Return;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What is to be given back, a little at a time: when rules change, or at the end, everything that
 * was on lease comes at once, and decisions must not wait behind it.
 *
 * <p>Confined to one thread.
 */
final class ReturnQueue {
  private final BiConsumer<List<Return>, Runnable> store;
  private final int most;
  private final ArrayDeque<Item> waiting = new ArrayDeque<>();
  private boolean busy;
  private boolean sending;

  /** A call's worth, or, with nothing to give back, the mark that all before it are done. */
  private record Item(List<Return> returns, @Nullable Runnable done) {}

  /**
   * @param store takes a call's worth, and runs what it is given when done
   * @param most how many returns a call carries
   */
  ReturnQueue(BiConsumer<List<Return>, Runnable> store, int most) {
    this.store = store;
    this.most = most;
  }

  /**
   * @param done run when the store has them, or has lost them
   */
  void add(List<Return> returns, Runnable done) {
    for (int from = 0; from < returns.size(); from += most) {
      int to = Math.min(returns.size(), from + most);
      waiting.add(new Item(returns.subList(from, to), null));
    }
    waiting.add(new Item(List.of(), done));
    next();
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
        item.done.run();
      } else {
        busy = true;
        store.accept(
            item.returns,
            () -> {
              busy = false;
              next();
            });
      }
    }
  }
}
