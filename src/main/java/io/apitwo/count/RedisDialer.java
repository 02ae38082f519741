package io.apitwo.count;

import io.apitwo.telemetry.StoreMeter.Failure;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.redis.client.RedisConnection;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * Makes a connection, and another one when that is lost: after 50 ms, then twice as long each time
 * up to 500 ms, less up to half at random. A handshake has a deadline.
 *
 * <p>Confined to one event loop.
 */
final class RedisDialer {
  private static final int CONNECT_MILLIS = 1_000;

  /** The first attempt loads classes. */
  private static final int FIRST_CONNECT_MILLIS = 2_000;

  private static final int FIRST_PAUSE_MILLIS = 50;
  private static final int LONGEST_PAUSE_MILLIS = 500;

  private final RedisContext context;
  private final Where where;
  private final Events events;
  private @Nullable RedisConnection connection;
  private @Nullable RedisAttempt attempt;
  private int lives;
  private int attempts;
  private int failures;
  private boolean closed;

  /** Says where to connect to. */
  interface Where {
    /**
     * @param millis how long the attempt may take that asks
     * @return {@code redis://HOST:PORT}
     */
    Future<String> next(int millis);
  }

  /** What becomes of connections. */
  interface Events {
    /** There is one. */
    void connected(RedisHandshake.Greeting greeting);

    /** There is none, or it has broken; {@link #redial} is to be called. */
    void lost(RedisFault fault);
  }

  /**
   * @param where asked at each attempt
   */
  RedisDialer(RedisContext context, Where where, Events events) {
    this.context = context;
    this.where = where;
    this.events = events;
  }

  @Nullable RedisConnection connection() {
    return connection;
  }

  /** The number of this attempt and what comes of it; another after each. */
  int life() {
    return lives;
  }

  boolean isClosed() {
    return closed;
  }

  /** Succeeds after the attempt, whatever came of it. */
  Future<Void> dial() {
    int life = ++lives;
    int millis = attempts == 0 ? FIRST_CONNECT_MILLIS : CONNECT_MILLIS;
    attempts++;
    RedisAttempt candidate = new RedisAttempt(context, millis);
    attempt = candidate;
    Promise<RedisHandshake.Greeting> shaken = Promise.promise();
    long timer =
        context
            .vertx()
            .setTimer(
                millis,
                late ->
                    shaken.tryFail(
                        new StoreUnavailableException("no connection within " + millis + " ms")));
    candidate
        .connect(where.next(millis))
        .compose(made -> RedisHandshake.of(made, context.clock(), context.nanoClock()))
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
              context.vertx().cancelTimer(timer);
              if (life == lives && done.succeeded()) {
                connected(life, done.result());
              } else if (life == lives) {
                events.lost(RedisFault.ofHandshake(done.cause()));
              }
            })
        .<Void>mapEmpty()
        .otherwiseEmpty();
  }

  private void connected(int life, RedisHandshake.Greeting made) {
    made.connection().endHandler(ended -> broken(life));
    made.connection().exceptionHandler(error -> broken(life));
    connection = made.connection();
    events.connected(made);
  }

  private void broken(int life) {
    if (life == lives) {
      events.lost(new RedisFault(Failure.CONNECTION, "the connection broke", true));
    }
  }

  /** The connection has proved to be of use: should it break, the first pause is short again. */
  void works() {
    failures = 0;
  }

  /** Gives up what there is, and makes another connection in a while, unless closed. */
  void redial() {
    lives++;
    connection = null;
    if (attempt != null) {
      attempt.close();
      attempt = null;
    }
    if (!closed) {
      context.vertx().setTimer(pauseMillis(), timer -> dialAgain());
    }
  }

  private int pauseMillis() {
    int most = Math.min(LONGEST_PAUSE_MILLIS, FIRST_PAUSE_MILLIS << Math.min(failures++, 4));
    return ThreadLocalRandom.current().nextInt(most / 2, most + 1);
  }

  private void dialAgain() {
    if (!closed && attempt == null) {
      dial();
    }
  }

  /** No further connections are made. */
  void close() {
    closed = true;
  }
}
