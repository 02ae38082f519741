package io.apitwo.count;

import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Return;
import io.apitwo.telemetry.StoreMeter;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Makes calls that settle. One that asks for permits waits until no other call in the air asks for
 * permits of the same client and limit, so that it can say exactly what is held; then it has the
 * whole timeout, if that has not passed already. What a server sends back undone is sent again, but
 * all of that within the time of the first sending.
 *
 * <p>Confined to one event loop.
 */
final class RedisSettler {
  private final RedisContext context;
  private final RedisServers servers;
  private final RedisNodes nodes;
  private final RedisWords words;
  private final Function<List<Return>, Future<Void>> giveBack;
  private final RedisForm lean;
  private final RedisForm mixed;
  private final List<Waiting> waiting = new ArrayList<>();

  /**
   * What is settled in one call.
   *
   * @param deadlineNanos the instant of the nano clock from which on it is of no use
   * @param again whether it was sent before, and sent back undone
   */
  private record Piece(
      int lane, RedisForm form, List<Demand> demands, long deadlineNanos, boolean again) {}

  /** A piece that waits for others to land. */
  private record Waiting(Piece piece, Promise<List<@Nullable Grant>> promise) {}

  /**
   * @param giveBack takes what parts of a charge granted in vain
   */
  RedisSettler(
      RedisContext context,
      RedisServers servers,
      RedisNodes nodes,
      RedisWords words,
      Function<List<Return>, Future<Void>> giveBack) {
    this.context = context;
    this.servers = servers;
    this.nodes = nodes;
    this.words = words;
    this.giveBack = giveBack;
    boolean plain = context.options().layout() == RedisStoreOptions.Layout.PLAIN;
    this.lean = RedisForm.lean(plain);
    this.mixed = RedisForm.mixed(plain);
  }

  /**
   * @param isMixed whether the demands are for the mixed script
   * @param demands at most {@link RedisBatch#MOST}
   * @return a grant for each, null where a record could not be read; fails with {@link
   *     StoreUnavailableException} when there is no answer
   */
  Future<List<@Nullable Grant>> settle(int lane, boolean isMixed, List<Demand> demands) {
    long deadlineNanos = context.nowNanos() + timeoutNanos();
    return settle(new Piece(lane, isMixed ? mixed : lean, demands, deadlineNanos, false));
  }

  private long timeoutNanos() {
    return context.options().timeout().toNanos();
  }

  private Future<List<@Nullable Grant>> settle(Piece piece) {
    if (!piece.form.mixed() || words.permits().isFree(piece.demands)) {
      return send(piece);
    }
    Waiting next = new Waiting(piece, Promise.promise());
    waiting.add(next);
    return next.promise.future();
  }

  private Future<List<@Nullable Grant>> send(Piece piece) {
    RedisBatch batch = new RedisBatch(piece.demands, piece.form, words.permits());
    long session = servers.session();
    long nowNanos = context.nowNanos();
    int holders = context.options().holdersPerNode();
    RedisCall call =
        new RedisCall(
            piece.form.script(),
            batch.keys(),
            notAfterMicros -> batch.arguments(notAfterMicros, nodes.live(), holders),
            piece.deadlineNanos);
    return servers
        .call(piece.lane, call)
        .transform(
            done -> {
              long landedNanos = context.nowNanos();
              if (done.failed()) {
                landed(batch, List.of(), landedNanos);
                return recover(done.cause(), piece);
              }
              measure(batch, landedNanos - nowNanos);
              RedisAnswer answer = done.result();
              List<@Nullable Grant> grants =
                  batch.grants(answer.bytes(), answer.sentNanos(), session);
              landed(batch, grants, landedNanos);
              return Future.succeededFuture(grants);
            });
  }

  /** A late one has been counted as overdue already. */
  private void measure(RedisBatch batch, long nanos) {
    if (nanos < timeoutNanos()) {
      context.meter().answered(batch.size(), batch.requests(), nanos / 1_000);
    }
  }

  private void landed(RedisBatch batch, List<@Nullable Grant> grants, long nowNanos) {
    if (batch.asksPermits()) {
      batch.landed(grants, nowNanos);
      sendWaiting(nowNanos);
      words.look();
    }
  }

  private void sendWaiting(long nowNanos) {
    for (Waiting next : List.copyOf(waiting)) {
      Piece piece = next.piece;
      if (!words.permits().isFree(piece.demands) || !waiting.remove(next)) {
        continue;
      }
      if (isOver(piece)) {
        next.promise.fail(new StoreUnavailableException("the call before it took too long"));
        continue;
      }
      long deadlineNanos = piece.again ? piece.deadlineNanos : nowNanos + timeoutNanos();
      send(new Piece(piece.lane, piece.form, piece.demands, deadlineNanos, piece.again))
          .onComplete(next.promise::handle);
    }
  }

  private boolean isOver(Piece piece) {
    return context.nowNanos() - piece.deadlineNanos >= 0;
  }

  /**
   * While a slot is being moved, a call whose keys are here and there, or new, is made charge by
   * charge, and a charge of several keys in parts.
   */
  private Future<List<@Nullable Grant>> recover(Throwable cause, Piece piece) {
    List<Demand> demands = piece.demands;
    if (!(cause instanceof RedisRedirect)) {
      return Future.failedFuture(cause);
    }
    if (isOver(piece)) {
      context.meter().failed(StoreMeter.Failure.TIMEOUT);
      return Future.failedFuture(new StoreUnavailableException("the keys were moved for too long"));
    }
    if (demands.size() > 1) {
      return RedisPieces.each(demands)
          .settle((isMixed, one) -> settleAgain(piece, piece.form.mixed(), one));
    }
    if (demands.get(0).charge().subjects().size() > 1) {
      return RedisParts.bySubject(demands)
          .settle(
              (subject, part) -> settleAgain(piece, RedisForm.isMixed(part.get(0).charge()), part),
              giveBack);
    }
    context.meter().failed(StoreMeter.Failure.ERROR);
    return Future.failedFuture(new StoreUnavailableException("the keys are being moved"));
  }

  private Future<List<@Nullable Grant>> settleAgain(
      Piece before, boolean isMixed, List<Demand> demands) {
    return settle(
        new Piece(before.lane, isMixed ? mixed : lean, demands, before.deadlineNanos, true));
  }
}
