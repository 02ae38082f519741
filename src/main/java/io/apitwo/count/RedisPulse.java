package io.apitwo.count;

import io.vertx.core.Future;
import java.util.function.Supplier;

/**
 * Whether a connection answers in time. After the first answer that is overdue nobody should ask
 * there but a probe, which carries no requests and goes out when something is heard again; its
 * answer comes after all that was owed. When it is in time, all is well; when it is late, another
 * one goes out. A connection on which nothing is heard for {@value #SILENT_MILLIS} ms is dead.
 *
 * <p>Confined to one event loop.
 */
final class RedisPulse {
  private static final int SILENT_MILLIS = 500;
  private static final int PAUSE_MILLIS = 50;

  private final RedisContext context;
  private final Events events;
  private State state = State.STEADY;
  private int turn;

  private enum State {
    STEADY,
    SILENT,
    PROBED
  }

  /** What becomes of the connection. */
  interface Events {
    /** An answer is overdue. */
    void missed();

    /** Answers are in time again. */
    void steady();

    /** Nothing is heard any more. */
    void dead();
  }

  RedisPulse(RedisContext context, Events events) {
    this.context = context;
    this.events = events;
  }

  boolean isSteady() {
    return state == State.STEADY;
  }

  /** Another connection begins, or none. */
  void restart() {
    enter(State.STEADY);
  }

  private int enter(State next) {
    state = next;
    return ++turn;
  }

  /** An answer is overdue. */
  void missed() {
    if (state == State.STEADY) {
      dieAfter(SILENT_MILLIS, enter(State.SILENT));
      events.missed();
    }
  }

  /**
   * Something was heard.
   *
   * @param probe asks a question that costs nothing
   */
  void heard(Supplier<? extends Future<?>> probe) {
    if (state == State.SILENT) {
      probe(probe);
    }
  }

  private void probe(Supplier<? extends Future<?>> probe) {
    int mine = enter(State.PROBED);
    long sentNanos = context.nowNanos();
    dieAfter(context.options().timeout().toMillis() + SILENT_MILLIS, mine);
    probe
        .get()
        .onComplete(
            answer -> {
              if (turn == mine) {
                boolean late =
                    context.nowNanos() - sentNanos > context.options().timeout().toNanos();
                probed(probe, answer.succeeded() && !late);
              }
            });
  }

  private void probed(Supplier<? extends Future<?>> probe, boolean inTime) {
    int mine = enter(inTime ? State.STEADY : State.PROBED);
    if (inTime) {
      events.steady();
    } else {
      after(PAUSE_MILLIS, mine, () -> probe(probe));
    }
  }

  private void dieAfter(long millis, int mine) {
    after(millis, mine, events::dead);
  }

  private void after(long millis, int mine, Runnable task) {
    context
        .vertx()
        .setTimer(
            millis,
            timer -> {
              if (turn == mine) {
                task.run();
              }
            });
  }
}
