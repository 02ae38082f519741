package io.apitwo.count;

import io.apitwo.telemetry.StoreMeter;
import io.apitwo.telemetry.StoreMeter.Failure;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The supervised connection. What the client leaves open is settled here: a handshake and every
 * call have a deadline; a connection that misses one is closed at once, so that no late answer
 * counts, and all calls under way on it fail; it is made again by itself, after 50 ms, then twice
 * as long each time up to 500 ms, less up to half at random. No call is ever sent twice, save to a
 * server that did not know its script and hence did not run it.
 *
 * <p>Confined to one event loop.
 */
final class RedisLink {
  private static final int CONNECT_MILLIS = 1_000;
  private static final int FIRST_PAUSE_MILLIS = 50;
  private static final int LONGEST_PAUSE_MILLIS = 500;

  /** A timer that comes this much late shows that the process itself stood still. */
  private static final long STOOD_STILL_NANOS = 10_000_000L;

  private final Vertx vertx;
  private final RedisStoreOptions options;
  private final StoreMeter meter;
  private final InstantSource clock;
  private final LongSupplier nanoClock;
  private final Runnable onUp;
  private final RedisOutages outages = new RedisOutages();
  private final ArrayDeque<Call> calls = new ArrayDeque<>();
  private @Nullable RedisConnection connection;
  private @Nullable Redis client;
  private RedisHandshake.@Nullable Greeting greeting;
  private final @Nullable RedisClock[] clocks;
  private long session;
  private int lives;
  private int failures;
  private boolean watching;
  private boolean warned;
  private boolean closed;

  /** A call under way. */
  private static final class Call {
    final Promise<byte[]> promise = Promise.promise();
    final int lane;
    final long sentNanos;
    final long deadlineNanos;
    boolean done;

    Call(int lane, long sentNanos, long deadlineNanos) {
      this.lane = lane;
      this.sentNanos = sentNanos;
      this.deadlineNanos = deadlineNanos;
    }
  }

  /**
   * @param lanes how many servers may answer, each by its own clock
   * @param onUp called whenever a connection has been made
   */
  RedisLink(
      Vertx vertx,
      RedisStoreOptions options,
      StoreMeter meter,
      InstantSource clock,
      LongSupplier nanoClock,
      int lanes,
      Runnable onUp) {
    this.vertx = vertx;
    this.options = options;
    this.meter = meter;
    this.clock = clock;
    this.nanoClock = nanoClock;
    this.onUp = onUp;
    this.clocks = new RedisClock[lanes];
  }

  /** Connects and stays connected. Succeeds after the first attempt, whatever came of it. */
  Future<Void> start() {
    return connect();
  }

  boolean isUp() {
    return connection != null;
  }

  /** The number of the connection's life; another after each break. */
  long session() {
    return session;
  }

  /** The time on a lane's server after which a call that is sent now must do nothing. */
  long notAfterMicros(int lane) {
    return clock(lane).atLeast(nanoClock.getAsLong()) + options.timeout().toNanos() / 1_000;
  }

  private RedisClock clock(int lane) {
    RedisClock clock = clocks[lane];
    if (clock == null) {
      RedisHandshake.Greeting first = Objects.requireNonNull(greeting);
      clock = new RedisClock(first.micros(), first.atNanos());
      clocks[lane] = clock;
    }
    return clock;
  }

  /**
   * Runs a script.
   *
   * @return its answer; fails with {@link StoreUnavailableException} when there is none in time
   */
  Future<byte[]> call(int lane, RedisScript script, List<byte[]> keys, List<byte[]> arguments) {
    RedisConnection there = connection;
    if (there == null) {
      meter.failed(Failure.CONNECTION);
      return Future.failedFuture(new StoreUnavailableException("not connected"));
    }
    long now = nanoClock.getAsLong();
    Call call = new Call(lane, now, now + options.timeout().toNanos());
    calls.add(call);
    watch();
    there
        .send(request(Command.EVALSHA, script.digest(), keys, arguments))
        .onComplete(
            result -> {
              if (!call.done && RedisFault.isUnknownScript(result.cause())) {
                there
                    .send(request(Command.EVAL, script.text(), keys, arguments))
                    .onComplete(again -> answered(call, again));
              } else {
                answered(call, result);
              }
            });
    return call.promise.future();
  }

  private static Request request(
      Command command, byte[] script, List<byte[]> keys, List<byte[]> arguments) {
    Request request = Request.cmd(command).arg(script).arg(keys.size());
    keys.forEach(request::arg);
    arguments.forEach(request::arg);
    return request;
  }

  private void answered(Call call, AsyncResult<Response> result) {
    if (call.done) {
      return;
    }
    if (result.failed()) {
      fail(call, RedisFault.of(result.cause()));
      return;
    }
    byte[] answer = result.result().toBytes();
    RedisBytes in = RedisBytes.reader(answer);
    boolean inTime = in.get(1) == 0;
    clock(call.lane).observe(in.get(7), call.sentNanos, nanoClock.getAsLong());
    if (!inTime) {
      fail(call, RedisFault.expired());
      return;
    }
    failures = 0;
    end(call);
    call.promise.complete(answer);
  }

  private void fail(Call call, RedisFault fault) {
    if (fault.broken()) {
      drop(fault);
      return;
    }
    if (fault.failure() == Failure.ERROR) {
      outages.refused(fault.reason(), nanoClock.getAsLong());
    }
    meter.failed(fault.failure());
    end(call);
    call.promise.fail(new StoreUnavailableException(fault.reason()));
  }

  private void end(Call call) {
    call.done = true;
    while (!calls.isEmpty() && calls.peek().done) {
      calls.remove();
    }
  }

  /** Sees to it that somebody looks after the oldest call when its time is up. */
  private void watch() {
    Call oldest = calls.peek();
    if (!watching && oldest != null) {
      watching = true;
      long nanos = oldest.deadlineNanos - nanoClock.getAsLong();
      vertx.setTimer(Math.max(1, nanos / 1_000_000 + 1), timer -> look(false));
    }
  }

  /**
   * @param drained whether the loop has had a turn to read what had come already
   */
  private void look(boolean drained) {
    Call oldest = calls.peek();
    long late = oldest == null ? -1 : nanoClock.getAsLong() - oldest.deadlineNanos;
    if (late > STOOD_STILL_NANOS && !drained) {
      vertx.setTimer(1, timer -> look(true));
      return;
    }
    watching = false;
    if (late >= 0) {
      drop(RedisFault.timeout(options.timeout().toMillis()));
    }
    watch();
  }

  private Future<Void> connect() {
    int life = ++lives;
    Redis candidate = RedisClients.create(vertx, options, CONNECT_MILLIS);
    client = candidate;
    Promise<RedisHandshake.Greeting> shaken = Promise.promise();
    long timer =
        vertx.setTimer(
            CONNECT_MILLIS,
            late ->
                shaken.tryFail(
                    new StoreUnavailableException(
                        "no connection within " + CONNECT_MILLIS + " ms")));
    candidate
        .connect()
        .compose(made -> RedisHandshake.of(made, clock, nanoClock))
        .onComplete(
            done -> {
              if (done.succeeded()) {
                shaken.tryComplete(done.result());
              } else {
                shaken.tryFail(done.cause());
              }
            });
    return shaken
        .future()
        .onComplete(
            done -> {
              vertx.cancelTimer(timer);
              if (life == lives && done.succeeded()) {
                up(life, done.result());
              } else if (life == lives) {
                drop(RedisFault.ofHandshake(done.cause()));
              }
            })
        .<Void>mapEmpty()
        .otherwiseEmpty();
  }

  private void up(int life, RedisHandshake.Greeting made) {
    made.connection().endHandler(ended -> broken(life));
    made.connection().exceptionHandler(error -> broken(life));
    connection = made.connection();
    greeting = made;
    Arrays.fill(clocks, null);
    session++;
    meter.skew(made.skewMillis());
    if (!warned) {
      RedisHandshake.warnOfEviction(made.policy());
      warned = true;
    }
    meter.available(true);
    outages.back(nanoClock.getAsLong());
    onUp.run();
  }

  private void broken(int life) {
    if (life == lives) {
      drop(new RedisFault(Failure.CONNECTION, "the connection broke", true));
    }
  }

  /** Gives a connection up, with all calls on it, and makes another in a while. */
  private void drop(RedisFault fault) {
    lives++;
    connection = null;
    meter.available(false);
    if (client != null) {
      client.close();
      client = null;
    }
    if (!closed) {
      outages.lost(fault.reason(), nanoClock.getAsLong());
      vertx.setTimer(pauseMillis(), timer -> reconnect());
    }
    List<Call> lost = new ArrayList<>(calls);
    calls.clear();
    for (Call call : lost) {
      if (!call.done) {
        call.done = true;
        meter.failed(fault.failure());
        call.promise.fail(new StoreUnavailableException(fault.reason()));
      }
    }
  }

  private int pauseMillis() {
    int most = Math.min(LONGEST_PAUSE_MILLIS, FIRST_PAUSE_MILLIS << Math.min(failures++, 4));
    return ThreadLocalRandom.current().nextInt(most / 2, most + 1);
  }

  private void reconnect() {
    if (!closed && client == null) {
      connect();
    }
  }

  /** Disconnects for good; calls under way fail. */
  void close() {
    closed = true;
    drop(new RedisFault(Failure.CONNECTION, "closed", true));
  }
}
