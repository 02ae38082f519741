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
 * whole timeout, if that has not passed already.
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

  /** A call that waits for others to land. */
  private record Waiting(
      int lane, List<Demand> demands, long sinceNanos, Promise<List<@Nullable Grant>> promise) {}

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
   * @param nowNanos this instant of the nano clock
   * @return a grant for each, null where a record could not be read; fails with {@link
   *     StoreUnavailableException} when there is no answer
   */
  Future<List<@Nullable Grant>> settle(
      int lane, boolean isMixed, List<Demand> demands, long nowNanos) {
    if (!isMixed) {
      return send(lane, lean, demands, nowNanos);
    }
    if (words.permits().isFree(demands)) {
      return send(lane, mixed, demands, nowNanos);
    }
    Waiting next = new Waiting(lane, demands, nowNanos, Promise.promise());
    waiting.add(next);
    return next.promise.future();
  }

  private Future<List<@Nullable Grant>> send(
      int lane, RedisForm form, List<Demand> demands, long nowNanos) {
    RedisBatch batch = new RedisBatch(demands, form, words.permits());
    long session = servers.session();
    int holders = context.options().holdersPerNode();
    RedisCall call =
        new RedisCall(
            form.script(),
            batch.keys(),
            notAfterMicros -> batch.arguments(notAfterMicros, nodes.live(), holders),
            nowNanos + context.options().timeout().toNanos());
    return servers
        .call(lane, call)
        .transform(
            answer -> {
              long landedNanos = context.nanoClock().getAsLong();
              if (answer.failed()) {
                landed(batch, List.of(), landedNanos);
                return recover(answer.cause(), lane, form, demands, nowNanos);
              }
              measure(batch, landedNanos - nowNanos);
              List<@Nullable Grant> grants = batch.grants(answer.result(), nowNanos, session);
              landed(batch, grants, landedNanos);
              return Future.succeededFuture(grants);
            });
  }

  /** A late one has been counted as overdue already. */
  private void measure(RedisBatch batch, long nanos) {
    if (nanos < context.options().timeout().toNanos()) {
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
      if (!words.permits().isFree(next.demands) || !waiting.remove(next)) {
        continue;
      }
      if (nowNanos - next.sinceNanos < context.options().timeout().toNanos()) {
        send(next.lane, mixed, next.demands, nowNanos).onComplete(next.promise::handle);
      } else {
        next.promise.fail(new StoreUnavailableException("the call before it took too long"));
      }
    }
  }

  /**
   * While a slot is being moved, a call whose keys are here and there, or new, is made charge by
   * charge, and a charge of several keys in parts.
   */
  private Future<List<@Nullable Grant>> recover(
      Throwable cause, int lane, RedisForm form, List<Demand> demands, long nowNanos) {
    if (!(cause instanceof RedisRedirect)) {
      return Future.failedFuture(cause);
    }
    if (demands.size() > 1) {
      return RedisPieces.each(demands)
          .settle((isMixed, one) -> settle(lane, form.mixed(), one, nowNanos));
    }
    if (demands.get(0).charge().subjects().size() > 1) {
      return RedisParts.bySubject(demands)
          .settle(
              (subject, part) ->
                  settle(lane, RedisForm.isMixed(part.get(0).charge()), part, nowNanos),
              giveBack);
    }
    context.meter().failed(StoreMeter.Failure.ERROR);
    return Future.failedFuture(new StoreUnavailableException("the keys are being moved"));
  }
}
