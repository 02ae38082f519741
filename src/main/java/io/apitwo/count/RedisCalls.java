package io.apitwo.count;

import io.apitwo.telemetry.StoreMeter.Failure;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
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

  private final RedisContext context;
  private final Runnable onOverdue;
  private final ArrayDeque<Call> calls = new ArrayDeque<>();
  private boolean watching;
  private long watchedNanos;

  /** A call under way. */
  static final class Call {
    final Promise<RedisAnswer> promise = Promise.promise();
    final RedisCall what;
    final int life;
    private long sentNanos;
    private boolean done;
    private boolean overdue;

    private Call(RedisCall what, int life, long sentNanos) {
      this.what = what;
      this.life = life;
      this.sentNanos = sentNanos;
    }

    /** When it was sent, the last time. */
    long sentNanos() {
      return sentNanos;
    }

    /** Whether it has succeeded or failed. */
    boolean isDone() {
      return done;
    }

    private long deadlineNanos() {
      return what.deadlineNanos();
    }
  }

  /**
   * @param onOverdue called when the deadline of some call has passed
   */
  RedisCalls(RedisContext context, Runnable onOverdue) {
    this.context = context;
    this.onOverdue = onOverdue;
  }

  /**
   * A call that is sent now.
   *
   * @param life of the connection that it is sent on
   */
  Call sent(RedisCall what, int life) {
    Call call = new Call(what, life, context.nowNanos());
    calls.add(call);
    watch(call.deadlineNanos());
    return call;
  }

  /**
   * Sends a call, and once more to a server that does not know its script and hence has not run it.
   *
   * @param asking whether another server has sent us there for these keys alone
   * @param time the server's
   */
  Future<Response> send(Call call, RedisConnection there, boolean asking, RedisClock time) {
    return send(call, there, asking, true, time)
        .recover(
            cause -> {
              if (call.done || !RedisFault.isUnknownScript(cause)) {
                return Future.failedFuture(cause);
              }
              call.sentNanos = context.nowNanos();
              return send(call, there, asking, false, time);
            });
  }

  /** Commands that belong together go out one right behind the other. */
  private static Future<Response> send(
      Call call, RedisConnection there, boolean asking, boolean known, RedisClock time) {
    long leftNanos = call.deadlineNanos() - call.sentNanos;
    long notAfterMicros = time.atLeast(call.sentNanos) + leftNanos / 1_000;
    Future<Response> answer = Future.succeededFuture();
    for (Request request : call.what.commands(asking, known, notAfterMicros)) {
      answer = there.send(request);
    }
    return answer;
  }

  void succeed(Call call, byte[] answer) {
    end(call);
    call.promise.complete(new RedisAnswer(answer, call.sentNanos));
  }

  /** The server has said why it did nothing, or not all. */
  void fail(Call call, RedisFault fault) {
    count(call, fault.failure());
    end(call);
    call.promise.fail(new StoreUnavailableException(fault.reason(), fault.inDoubt()));
  }

  /** The server has said that another one is to be asked. */
  void redirect(Call call, RedisRedirect redirect) {
    end(call);
    call.promise.fail(redirect);
  }

  private void end(Call call) {
    call.done = true;
    while (!calls.isEmpty() && calls.peek().done) {
      calls.remove();
    }
  }

  private void count(Call call, Failure failure) {
    if (!call.overdue) { // else it has been counted
      context.meter().failed(failure);
    }
  }

  /** Whether no call is under way. */
  boolean isIdle() {
    return calls.isEmpty();
  }

  /** All fail that have no answer: none will come. */
  void failAll(RedisFault fault) {
    List<Call> ended = new ArrayList<>();
    for (Call call : calls) {
      if (!call.done) {
        call.done = true;
        ended.add(call);
      }
    }
    calls.clear();
    for (Call call : ended) {
      count(call, fault.failure());
      call.promise.fail(new StoreUnavailableException(fault.reason(), true));
    }
  }

  /** Counts those whose deadline has passed, each once; their answers may still come. */
  private void countOverdue() {
    long now = context.nowNanos();
    for (Call call : calls) {
      if (!call.done && !call.overdue && now - call.deadlineNanos() >= 0) {
        call.overdue = true;
        context.meter().failed(Failure.TIMEOUT);
      }
    }
  }

  private void watch(long deadlineNanos) {
    if (!watching || deadlineNanos - watchedNanos < 0) {
      watching = true;
      watchedNanos = deadlineNanos;
      long millis = (deadlineNanos - context.nowNanos()) / 1_000_000 + 1;
      context.vertx().setTimer(Math.max(1, millis), timer -> look(deadlineNanos, false));
    }
  }

  /**
   * @param watchedFor the deadline for whose sake this look was set up
   * @param drained whether the loop has had a turn to read what had come already
   */
  private void look(long watchedFor, boolean drained) {
    Call first = first();
    long late = first == null ? -1 : context.nowNanos() - first.deadlineNanos();
    if (late > STOOD_STILL_NANOS && !drained) {
      context.vertx().setTimer(1, timer -> look(watchedFor, true));
      return;
    }
    if (watchedFor == watchedNanos) {
      watching = false;
    }
    if (late >= 0) {
      countOverdue();
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
