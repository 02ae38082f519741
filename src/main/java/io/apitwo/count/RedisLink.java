package io.apitwo.count;

import io.apitwo.count.RedisCalls.Call;
import io.apitwo.telemetry.StoreMeter;
import io.apitwo.telemetry.StoreMeter.Failure;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The supervised connection. What the client leaves open is settled here: a handshake and every
 * call have a deadline. When one misses it, nothing more is asked until answers are in time again
 * ({@link RedisPulse}); one that comes late still says what was done. A connection that stays
 * silent is closed, like one that breaks, and all calls under way on it fail; it is made again by
 * itself, after 50 ms, then twice as long each time up to 500 ms, less up to half at random. No
 * call is ever sent twice, save to a server that did not know its script and hence did not run it.
 *
 * <p>Confined to one event loop.
 */
final class RedisLink {
  private static final int CONNECT_MILLIS = 1_000;

  /** The first attempt loads classes. */
  private static final int FIRST_CONNECT_MILLIS = 2_000;

  /** How long answers are waited for on a connection that is of no more use. */
  private static final int LEAVE_MILLIS = 500;

  private static final int FIRST_PAUSE_MILLIS = 50;
  private static final int LONGEST_PAUSE_MILLIS = 500;

  private final Context context;
  private final String endpoint;
  private final Where where;
  private final Runnable onChange;
  private final RedisOutages outages;
  private final RedisCalls calls;
  private final RedisPulse pulse;
  private @Nullable RedisConnection connection;
  private @Nullable RedisAttempt attempt;
  private @Nullable RedisClock serverClock;
  private long session;
  private int lives;
  private int attempts;
  private int failures;
  private @Nullable RedisFault leaving;
  private boolean closed;

  /**
   * What links need.
   *
   * @param clock wall time
   * @param nanoClock elapsed time
   */
  record Context(
      Vertx vertx,
      RedisStoreOptions options,
      StoreMeter meter,
      InstantSource clock,
      LongSupplier nanoClock) {}

  /** Says where to connect to. */
  interface Where {
    /**
     * @param millis how long the attempt may take that asks
     * @return {@code redis://HOST:PORT}
     */
    Future<String> next(int millis);
  }

  /** To a server whose place is known. */
  RedisLink(Context context, String endpoint, Runnable onChange) {
    this(context, endpoint, millis -> Future.succeededFuture(endpoint), onChange);
  }

  /**
   * @param endpoint how logs call the server
   * @param where asked at each attempt
   * @param onChange called whenever a connection has been made or lost
   */
  RedisLink(Context context, String endpoint, Where where, Runnable onChange) {
    this.context = context;
    this.endpoint = endpoint;
    this.where = where;
    this.onChange = onChange;
    this.outages = new RedisOutages(endpoint);
    this.calls = new RedisCalls(context.vertx, context.nanoClock, this::noteOverdue);
    this.pulse =
        new RedisPulse(context.vertx, context.nanoClock, context.options.timeout(), new Health());
  }

  /** Connects and stays connected. Succeeds after the first attempt, whatever came of it. */
  Future<Void> start() {
    return connect();
  }

  boolean isUp() {
    return connection != null && pulse.isSteady() && leaving == null;
  }

  /** {@code redis://HOST:PORT}. */
  String endpoint() {
    return endpoint;
  }

  /** What the server's clock shows, in microseconds, or somewhat less; -1 if it was never heard. */
  long serverMicros() {
    return serverClock == null ? -1 : serverClock.atLeast(now());
  }

  /** The number of the connection's life; another after each break. */
  long session() {
    return session;
  }

  private long now() {
    return context.nanoClock.getAsLong();
  }

  /**
   * Runs a script.
   *
   * @param asking whether another server has sent us here for these keys alone
   * @return its answer, however late; fails with {@link StoreUnavailableException} when there is
   *     none, and with {@link RedisRedirect} when nothing was done since the keys are not here
   */
  Future<byte[]> call(RedisCall call, boolean asking) {
    RedisConnection there = connection;
    RedisClock time = serverClock;
    if (there == null || time == null || !isUp()) {
      context.meter.failed(Failure.CONNECTION);
      return Future.failedFuture(new StoreUnavailableException("not connected"));
    }
    Call sent = calls.sent(call, lives);
    long now = sent.sentNanos;
    long notAfterMicros = time.atLeast(now) + (call.deadlineNanos() - now) / 1_000;
    List<byte[]> arguments = call.arguments().at(notAfterMicros);
    send(there, asking, Command.EVALSHA, call.script().digest(), call.keys(), arguments)
        .onComplete(
            result -> {
              if (!sent.isDone() && RedisFault.isUnknownScript(result.cause())) {
                send(there, asking, Command.EVAL, call.script().text(), call.keys(), arguments)
                    .onComplete(again -> answered(sent, again));
              } else {
                answered(sent, result);
              }
            });
    return sent.promise.future();
  }

  /** Nothing comes between ASKING, which holds for the next command alone, and the command. */
  private static Future<Response> send(
      RedisConnection there,
      boolean asking,
      Command command,
      byte[] script,
      List<byte[]> keys,
      List<byte[]> arguments) {
    if (asking) {
      there.send(Request.cmd(Command.ASKING));
    }
    Request request = Request.cmd(command).arg(script).arg(keys.size());
    keys.forEach(request::arg);
    arguments.forEach(request::arg);
    return there.send(request);
  }

  /** Sends a command that is no script, and has no deadline of its own. */
  Future<Response> ask(Request request) {
    RedisConnection there = connection;
    return there == null
        ? Future.failedFuture(new StoreUnavailableException("not connected"))
        : there.send(request);
  }

  private void answered(Call call, AsyncResult<Response> result) {
    if (result.failed()) {
      if (!call.isDone()) {
        failed(call, result.cause());
      }
      return;
    }
    if (call.life != lives) {
      return;
    }
    byte[] answer = result.result().toBytes();
    RedisBytes in = RedisBytes.reader(answer);
    boolean inTime = in.get(1) == 0;
    Objects.requireNonNull(serverClock).observe(in.get(7), call.sentNanos, now());
    pulse.heard(() -> ask(Request.cmd(Command.TIME)));
    if (!inTime) {
      fail(call, RedisFault.expired());
      return;
    }
    failures = 0;
    calls.end(call);
    call.promise.complete(answer);
    leaveWhenIdle();
  }

  private void failed(Call call, Throwable cause) {
    RedisRedirect redirect = RedisFault.redirect(cause);
    if (redirect != null) {
      calls.end(call);
      call.promise.fail(redirect);
    } else {
      fail(call, RedisFault.of(cause));
    }
  }

  private void fail(Call call, RedisFault fault) {
    if (fault.broken() && fault.failure() == Failure.CONNECTION) {
      drop(fault);
      return;
    }
    if (fault.broken()) {
      leave(fault);
    } else if (fault.failure() == Failure.ERROR) {
      outages.refused(fault.reason(), now());
    }
    end(call, fault);
    leaveWhenIdle();
  }

  /** Asks nothing more here, and goes when all that is under way has its answer. */
  private void leave(RedisFault fault) {
    if (leaving == null) {
      leaving = fault;
      int life = lives;
      outages.lost(fault.reason(), now());
      context.vertx.setTimer(LEAVE_MILLIS, late -> lose(life, fault));
      onChange.run();
    }
  }

  private void leaveWhenIdle() {
    if (leaving != null && calls.isIdle()) {
      drop(leaving);
    }
  }

  /** The server has said why it did nothing. */
  private void end(Call call, RedisFault fault) {
    count(call, fault);
    calls.end(call);
    call.promise.fail(new StoreUnavailableException(fault.reason()));
  }

  private void count(Call call, RedisFault fault) {
    if (!call.isOverdue()) { // else it has been counted
      context.meter.failed(fault.failure());
    }
  }

  private void noteOverdue() {
    calls.overdue().forEach(call -> context.meter.failed(Failure.TIMEOUT));
    pulse.missed();
  }

  /** What the connection's answers show of it. */
  private final class Health implements RedisPulse.Events {
    @Override
    public void missed() {
      outages.lost(RedisFault.timeout().reason(), now());
      onChange.run();
    }

    @Override
    public void steady() {
      outages.back(now());
      onChange.run();
    }

    @Override
    public void dead() {
      drop(RedisFault.timeout());
    }
  }

  private Future<Void> connect() {
    int life = ++lives;
    int millis = attempts == 0 ? FIRST_CONNECT_MILLIS : CONNECT_MILLIS;
    attempts++;
    RedisAttempt candidate = new RedisAttempt(context, millis);
    attempt = candidate;
    Promise<RedisHandshake.Greeting> shaken = Promise.promise();
    long timer =
        context.vertx.setTimer(
            millis,
            late ->
                shaken.tryFail(
                    new StoreUnavailableException("no connection within " + millis + " ms")));
    candidate
        .connect(where.next(millis))
        .compose(made -> RedisHandshake.of(made, context.clock, context.nanoClock))
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
              context.vertx.cancelTimer(timer);
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
    serverClock = new RedisClock(made.micros(), made.atNanos());
    session++;
    context.meter.skew(made.skewMillis());
    outages.back(now());
    outages.mayEvict(made.policy());
    onChange.run();
  }

  /** Gives the connection up although it works; another is made in a while. */
  void leave(String reason) {
    drop(new RedisFault(Failure.CONNECTION, reason, true));
  }

  private void broken(int life) {
    lose(life, new RedisFault(Failure.CONNECTION, "the connection broke", true));
  }

  private void lose(int life, RedisFault fault) {
    if (life == lives) {
      drop(fault);
    }
  }

  /** Gives a connection up, with all calls on it, and makes another in a while. */
  private void drop(RedisFault fault) {
    lives++;
    boolean wasUp = isUp();
    connection = null;
    pulse.restart();
    leaving = null;
    if (attempt != null) {
      attempt.close();
      attempt = null;
    }
    if (!closed) {
      outages.lost(fault.reason(), now());
      context.vertx.setTimer(pauseMillis(), timer -> reconnect());
    }
    if (wasUp) {
      onChange.run();
    }
    for (Call call : calls.endAll()) {
      count(call, fault);
      call.promise.fail(new StoreUnavailableException(fault.reason(), true));
    }
  }

  private int pauseMillis() {
    int most = Math.min(LONGEST_PAUSE_MILLIS, FIRST_PAUSE_MILLIS << Math.min(failures++, 4));
    return ThreadLocalRandom.current().nextInt(most / 2, most + 1);
  }

  private void reconnect() {
    if (!closed && attempt == null) {
      connect();
    }
  }

  /** Disconnects for good; calls under way fail. */
  void close() {
    closed = true;
    drop(new RedisFault(Failure.CONNECTION, "closed", true));
  }
}
