package io.apitwo.count;

import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The calls under way on a connection, and one timer that looks after those whose time is up. When
 * the process itself stood still, answers may have come meanwhile: then the loop gets a turn to
 * read them before anything is called overdue.
 *
 * <p>Confined to one event loop.
 */
final class RedisCalls {
  /** A timer that comes this much late shows that the process itself stood still. */
  private static final long STOOD_STILL_NANOS = 10_000_000L;

  private final Vertx vertx;
  private final LongSupplier nanoClock;
  private final Runnable onOverdue;
  private final ArrayDeque<Call> calls = new ArrayDeque<>();
  private boolean watching;
  private long watchedNanos;

  /** A call under way. */
  static final class Call {
    final Promise<byte[]> promise = Promise.promise();
    final RedisCall what;
    final int life;
    final long sentNanos;
    private boolean done;
    private boolean overdue;

    private Call(RedisCall what, int life, long sentNanos) {
      this.what = what;
      this.life = life;
      this.sentNanos = sentNanos;
    }

    /** Whether it has succeeded or failed. */
    boolean isDone() {
      return done;
    }

    /** Whether it has been told to be overdue. */
    boolean isOverdue() {
      return overdue;
    }

    private long deadlineNanos() {
      return what.deadlineNanos();
    }
  }

  /**
   * @param onOverdue called when the deadline of some call has passed
   */
  RedisCalls(Vertx vertx, LongSupplier nanoClock, Runnable onOverdue) {
    this.vertx = vertx;
    this.nanoClock = nanoClock;
    this.onOverdue = onOverdue;
  }

  /**
   * A call that is sent now.
   *
   * @param life of the connection that it is sent on
   */
  Call sent(RedisCall what, int life) {
    Call call = new Call(what, life, nanoClock.getAsLong());
    calls.add(call);
    watch(call.deadlineNanos());
    return call;
  }

  /** The call succeeds or fails now. */
  void end(Call call) {
    call.done = true;
    while (!calls.isEmpty() && calls.peek().done) {
      calls.remove();
    }
  }

  /** Whether no call is under way. */
  boolean isIdle() {
    return calls.isEmpty();
  }

  /** Takes all calls that are not done; they are done now. */
  List<Call> endAll() {
    List<Call> ended = new ArrayList<>();
    for (Call call : calls) {
      if (!call.done) {
        call.done = true;
        ended.add(call);
      }
    }
    calls.clear();
    return ended;
  }

  /** Marks those whose deadline has passed; their answers may still come. Tells of each once. */
  List<Call> overdue() {
    long now = nanoClock.getAsLong();
    List<Call> late = new ArrayList<>();
    for (Call call : calls) {
      if (!call.done && !call.overdue && now - call.deadlineNanos() >= 0) {
        call.overdue = true;
        late.add(call);
      }
    }
    return late;
  }

  private void watch(long deadlineNanos) {
    if (!watching || deadlineNanos - watchedNanos < 0) {
      watching = true;
      watchedNanos = deadlineNanos;
      long millis = (deadlineNanos - nanoClock.getAsLong()) / 1_000_000 + 1;
      vertx.setTimer(Math.max(1, millis), timer -> look(deadlineNanos, false));
    }
  }

  /**
   * @param watchedFor the deadline for whose sake this look was set up
   * @param drained whether the loop has had a turn to read what had come already
   */
  private void look(long watchedFor, boolean drained) {
    Call first = first();
    long late = first == null ? -1 : nanoClock.getAsLong() - first.deadlineNanos();
    if (late > STOOD_STILL_NANOS && !drained) {
      vertx.setTimer(1, timer -> look(watchedFor, true));
      return;
    }
    if (watchedFor == watchedNanos) {
      watching = false;
    }
    if (late >= 0) {
      onOverdue.run();
      first = first();
    }
    if (first != null) {
      watch(first.deadlineNanos());
    }
  }

  private @Nullable Call first() {
    Call first = null;
    for (Call call : calls) {
      boolean awaited = !call.done && !call.overdue;
      if (awaited && (first == null || call.deadlineNanos() - first.deadlineNanos() < 0)) {
        first = call;
      }
    }
    return first;
  }
}
