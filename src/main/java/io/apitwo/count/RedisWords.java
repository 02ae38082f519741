package io.apitwo.count;

import io.apitwo.count.RedisPermits.Telling;
import io.apitwo.telemetry.StoreMeter;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Tells Redis what permits this node holds: at once when some have come back, and now and then as
 * long as any are held. In each lane one call is in the air, and what becomes due meanwhile goes
 * with the next one.
 *
 * <p>Confined to one event loop.
 */
final class RedisWords {
  /** Keys in one call: Redis serves nobody else while a script runs. */
  private static final int MOST_KEYS = 128;

  /** Nobody waits for a word, but it must not come when it counts no more. */
  private static final long UNHURRIED_NANOS = 1_000_000_000L;

  private final Vertx vertx;
  private final RedisServers servers;
  private final RedisPermits permits;
  private final LongSupplier nanoClock;
  private final Set<Integer> flying = new HashSet<>();
  private final StoreMeter meter;
  private boolean ticking;
  private boolean resting;
  private Runnable closing = () -> {};
  private boolean closed;

  RedisWords(RedisContext context, RedisServers servers, RedisPermits permits) {
    this.vertx = context.vertx();
    this.meter = context.meter();
    this.nanoClock = context.nanoClock();
    this.servers = servers;
    this.permits = permits;
  }

  RedisPermits permits() {
    return permits;
  }

  /** To be called after everything that may make a word due. */
  void look() {
    meter.permits(permits.inUse());
    if (permits.size() > 0 && !ticking && !closed) {
      ticking = true;
      vertx.setTimer(RedisPermits.TICK_MILLIS, timer -> tick());
    }
    if (!resting) {
      permits.lanesDue().forEach(this::tell);
    }
    closing.run();
  }

  private void tick() {
    ticking = false;
    resting = false;
    permits.renew(nanoClock.getAsLong());
    look();
  }

  private void tell(int lane) {
    if (!servers.isUp() || !flying.add(lane)) {
      return;
    }
    List<Telling> words = permits.takeDue(lane, MOST_KEYS);
    send(lane, words)
        .onComplete(
            done -> {
              flying.remove(lane);
              resting |= done.failed(); // what is due is tried again with the next tick
              look();
            });
  }

  /** While a slot is being moved, words whose keys are here and there go one by one. */
  private Future<Void> send(int lane, List<Telling> words) {
    return servers
        .call(lane, call(words))
        .transform(
            answer -> {
              if (answer.cause() instanceof RedisRedirect && words.size() > 1) {
                return Future.join(words.stream().map(each -> send(lane, List.of(each))).toList())
                    .mapEmpty();
              }
              permits.told(words, answer.succeeded(), nanoClock.getAsLong());
              return answer.succeeded()
                  ? Future.succeededFuture()
                  : Future.failedFuture(answer.cause());
            });
  }

  private RedisCall call(List<Telling> words) {
    return call(permits.holder(), words, nanoClock.getAsLong() + UNHURRIED_NANOS);
  }

  /** The call by which a holder tells words. */
  static RedisCall call(byte[] holder, List<Telling> words, long deadlineNanos) {
    RedisBytes out = RedisBytes.writer();
    for (Telling each : words) {
      out.put(each.word().sequence(), 7).put(each.word().holds(), 7);
    }
    byte[] said = out.toBytes();
    return new RedisCall(
        RedisScript.PERMITS_WORD,
        words.stream().map(Telling::key).toList(),
        notAfterMicros -> List.of(header(holder, notAfterMicros), said),
        deadlineNanos);
  }

  private static byte[] header(byte[] holder, long notAfterMicros) {
    RedisBytes header = RedisBytes.writer().put(notAfterMicros, 7).put(0, 4).put(0, 2).put(0, 2);
    return header.put(holder).toBytes();
  }

  /** Other servers, or the same after a break, which may have lost what they were told. */
  void changed() {
    permits.forgotten(nanoClock.getAsLong());
  }

  /** Gives all permits up, as far as Redis takes it within a second; what is left then expires. */
  Future<Void> close() {
    permits.giveUp();
    Promise<Void> done = Promise.promise();
    long deadline = nanoClock.getAsLong() + UNHURRIED_NANOS;
    closing =
        () -> {
          if (permits.size() == 0 || !servers.isUp() || nanoClock.getAsLong() - deadline >= 0) {
            closed = true;
            done.tryComplete();
          }
        };
    look();
    closing.run();
    return done.future();
  }
}
