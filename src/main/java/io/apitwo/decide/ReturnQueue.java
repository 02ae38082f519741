package io.apitwo.decide;

import io.apitwo.limit.Return;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;

/**
 * What is to be given back, a call at a time: when rules change, or at the end, everything that was
 * on lease comes at once, and decisions must not wait behind it. What comes while a call is under
 * way goes together with the next one, so that many small returns need few calls.
 *
 * <p>Confined to one thread.
 */
final class ReturnQueue {
  private final BiConsumer<List<Return>, Runnable> store;
  private final int most;
  private final ArrayDeque<Return> waiting = new ArrayDeque<>();
  private final ArrayDeque<Mark> marks = new ArrayDeque<>();
  private long added;
  private long done;
  private boolean busy;
  private boolean sending;

  /** Somebody who wants to know when so many have been given back in all. */
  private record Mark(long all, Runnable done) {}

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
    waiting.addAll(returns);
    added += returns.size();
    marks.add(new Mark(added, done));
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
    while (!busy) {
      while (!marks.isEmpty() && marks.peek().all <= done) {
        marks.remove().done.run();
      }
      if (waiting.isEmpty()) {
        return;
      }
      send();
    }
  }

  private void send() {
    List<Return> call = new ArrayList<>(Math.min(most, waiting.size()));
    while (call.size() < most && !waiting.isEmpty()) {
      call.add(waiting.remove());
    }
    busy = true;
    store.accept(
        call,
        () -> {
          busy = false;
          done += call.size();
          next();
        });
  }
}
