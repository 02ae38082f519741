package io.apitwo.count;

import io.apitwo.count.RedisCalls.Call;
import io.apitwo.telemetry.StoreMeter.Failure;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The supervised connection. What the client leaves open is settled here: every call has a
 * deadline. When one misses it, nothing more is asked until answers are in time again ({@link
 * RedisPulse}); one that comes late still says what was done. A connection that stays silent is
 * closed, like one that breaks, and all calls under way on it fail; it is made again by itself
 * ({@link RedisDialer}). No call is ever sent twice, save to a server that did not know its script
 * and hence did not run it.
 *
 * <p>Confined to one event loop.
 */
final class RedisLink {
  /** How long answers are waited for on a connection that is of no more use. */
  private static final int LEAVE_MILLIS = 500;

  private final RedisContext context;
  private final String endpoint;
  private final Runnable onChange;
  private final RedisOutages outages;
  private final RedisDialer dialer;
  private final RedisCalls calls;
  private final RedisPulse pulse;
  private @Nullable RedisClock serverClock;
  private long session;
  private @Nullable RedisFault leaving;

  /** To a server whose place is known. */
  RedisLink(RedisContext context, String endpoint, Runnable onChange) {
    this(context, endpoint, millis -> Future.succeededFuture(endpoint), onChange);
  }

  /**
   * @param endpoint how logs call the server
   * @param where asked at each attempt
   * @param onChange called whenever a connection has been made or lost
   */
  RedisLink(RedisContext context, String endpoint, RedisDialer.Where where, Runnable onChange) {
    this.context = context;
    this.endpoint = endpoint;
    this.onChange = onChange;
    this.outages = new RedisOutages(endpoint);
    this.dialer = new RedisDialer(context, where, new Connections());
    this.calls = new RedisCalls(context, this::noteOverdue);
    this.pulse = new RedisPulse(context, new Health());
  }

  /** Connects and stays connected. Succeeds after the first attempt, whatever came of it. */
  Future<Void> start() {
    return dialer.dial();
  }

  boolean isUp() {
    return dialer.connection() != null && pulse.isSteady() && leaving == null;
  }

  /** {@code redis://HOST:PORT}. */
  String endpoint() {
    return endpoint;
  }

  /** What the server's clock shows, in microseconds, or somewhat less; -1 if it was never heard. */
  long serverMicros() {
    return serverClock == null ? -1 : serverClock.atLeast(context.nowNanos());
  }

  /** The number of the connection's life; another after each break. */
  long session() {
    return session;
  }

  /**
   * Runs a script.
   *
   * @param asking whether another server has sent us here for these keys alone
   * @return its answer, however late; fails with {@link StoreUnavailableException} when there is
   *     none, and with {@link RedisRedirect} when nothing was done since the keys are not here
   */
  Future<RedisAnswer> call(RedisCall call, boolean asking) {
    RedisConnection there = dialer.connection();
    RedisClock time = serverClock;
    if (there == null || time == null || !isUp()) {
      context.meter().failed(Failure.CONNECTION);
      return Future.failedFuture(new StoreUnavailableException("not connected"));
    }
    Call sent = calls.sent(call, dialer.life());
    calls.send(sent, there, asking, time).onComplete(result -> answered(sent, result));
    return sent.promise.future();
  }

  /** Sends a command that is no script, and has no deadline of its own. */
  Future<Response> ask(Request request) {
    RedisConnection there = dialer.connection();
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
    if (call.life != dialer.life()) {
      return;
    }
    byte[] answer = result.result().toBytes();
    RedisBytes in = RedisBytes.reader(answer);
    boolean inTime = in.get(1) == 0;
    Objects.requireNonNull(serverClock).observe(in.get(7), call.sentNanos(), context.nowNanos());
    pulse.heard(() -> ask(Request.cmd(Command.TIME)));
    if (!inTime) {
      fail(call, RedisFault.expired());
      return;
    }
    dialer.works();
    outages.served(context.nowNanos());
    calls.succeed(call, answer);
    leaveWhenIdle();
  }

  private void failed(Call call, Throwable cause) {
    RedisRedirect redirect = RedisFault.redirect(cause);
    if (redirect != null) {
      calls.redirect(call, redirect);
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
      outages.refused(fault.reason(), context.nowNanos());
    }
    calls.fail(call, fault);
    leaveWhenIdle();
  }

  /** Asks nothing more here, and goes when all that is under way has its answer. */
  private void leave(RedisFault fault) {
    if (leaving == null) {
      leaving = fault;
      int life = dialer.life();
      outages.lost(fault.reason(), context.nowNanos());
      context.vertx().setTimer(LEAVE_MILLIS, late -> lose(life, fault));
      onChange.run();
    }
  }

  private void leaveWhenIdle() {
    if (leaving != null && calls.isIdle()) {
      drop(leaving);
    }
  }

  private void lose(int life, RedisFault fault) {
    if (life == dialer.life()) {
      drop(fault);
    }
  }

  /** Gives the connection up although it works; another is made in a while. */
  void leave(String reason) {
    drop(new RedisFault(Failure.CONNECTION, reason, true));
  }

  private void noteOverdue() {
    pulse.missed();
  }

  /** What the connection's answers show of it. */
  private final class Health implements RedisPulse.Events {
    @Override
    public void missed() {
      outages.lost(RedisFault.timeout().reason(), context.nowNanos());
      onChange.run();
    }

    @Override
    public void steady() {
      outages.back(context.nowNanos());
      onChange.run();
    }

    @Override
    public void dead() {
      drop(RedisFault.timeout());
    }
  }

  /** Connections come and go. */
  private final class Connections implements RedisDialer.Events {
    @Override
    public void connected(RedisHandshake.Greeting made) {
      serverClock = new RedisClock(made.micros(), made.atNanos());
      session++;
      context.meter().skew(made.skewMillis());
      outages.back(context.nowNanos());
      outages.mayEvict(made.policy());
      onChange.run();
    }

    @Override
    public void lost(RedisFault fault) {
      drop(fault);
    }
  }

  /** Gives a connection up, with all calls on it; another is made in a while. */
  private void drop(RedisFault fault) {
    boolean wasUp = isUp();
    dialer.redial();
    pulse.restart();
    leaving = null;
    if (!dialer.isClosed()) {
      outages.lost(fault.reason(), context.nowNanos());
    }
    if (wasUp) {
      onChange.run();
    }
    calls.failAll(fault);
  }

  /** Disconnects for good; calls under way fail. */
  void close() {
    dialer.close();
    drop(new RedisFault(Failure.CONNECTION, "closed", true));
  }
}
