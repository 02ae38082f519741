package io.apitwo.count;

import io.apitwo.limit.Charge;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Return;
import io.apitwo.telemetry.StoreMeter;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Counts in Redis, shared by all nodes: one script call for a batch, by Redis's own clock. A batch
 * of more than {@value RedisBatch#MOST} demands is several calls.
 *
 * <p>Confined to the event loop on which it is started. Restarts of Redis, fail-overs and evictions
 * lose counts that Redis had acknowledged, and no client can help that.
 */
public final class RedisStore implements CounterStore {
  private final RedisStoreOptions options;
  private final StoreMeter meter;
  private final LongSupplier nanoClock;
  private final boolean plain;
  private final RedisShapes shapes;
  private final RedisLink link;
  private final RedisNodes nodes;

  /**
   * @param clock wall time; only to tell how far Redis's is off
   * @param nanoClock elapsed time, as {@link System#nanoTime}
   */
  public RedisStore(
      Vertx vertx,
      RedisStoreOptions options,
      StoreMeter meter,
      InstantSource clock,
      LongSupplier nanoClock) {
    this.options = options;
    this.meter = meter;
    this.nanoClock = nanoClock;
    this.plain = options.layout() == RedisStoreOptions.Layout.PLAIN;
    this.shapes = new RedisShapes(plain);
    this.link = new RedisLink(vertx, options, meter, clock, nanoClock, lanes(), this::connected);
    this.nodes = new RedisNodes(vertx, link, meter, clock, options.expectedNodes());
  }

  @Override
  public String name() {
    return "redis";
  }

  @Override
  public Future<Void> start() {
    nodes.start();
    return link.start();
  }

  private void connected() {
    nodes.beat();
  }

  @Override
  public boolean isAvailable() {
    return link.isUp();
  }

  @Override
  public int lanes() {
    return options.mode() == RedisStoreOptions.Mode.CLUSTER ? RedisKeys.SHARDS : 1;
  }

  @Override
  public int lane(Charge charge) {
    return lanes() == 1 ? 0 : RedisKeys.shard(charge.subjects().get(0).client());
  }

  @Override
  public Future<List<@Nullable Grant>> settle(List<Demand> demands) {
    if (demands.size() <= RedisBatch.MOST) {
      return call(0, demands);
    }
    List<Future<List<@Nullable Grant>>> calls = new ArrayList<>();
    for (int from = 0; from < demands.size(); from += RedisBatch.MOST) {
      int to = Math.min(demands.size(), from + RedisBatch.MOST);
      calls.add(call(0, demands.subList(from, to)));
    }
    return Future.join(calls).transform(done -> joined(calls, demands.size()));
  }

  private static Future<List<@Nullable Grant>> joined(
      List<Future<List<@Nullable Grant>>> calls, int size) {
    List<@Nullable Grant> grants = new ArrayList<>(size);
    for (int i = 0; i < calls.size(); i++) {
      Future<List<@Nullable Grant>> call = calls.get(i);
      grants.addAll(
          call.succeeded()
              ? call.result()
              : Arrays.asList(new Grant[Math.min(RedisBatch.MOST, size - i * RedisBatch.MOST)]));
    }
    return calls.stream().anyMatch(Future::succeeded)
        ? Future.succeededFuture(grants)
        : Future.failedFuture(calls.get(0).cause());
  }

  private Future<List<@Nullable Grant>> call(int lane, List<Demand> demands) {
    if (!link.isUp()) {
      meter.failed(StoreMeter.Failure.CONNECTION);
      return Future.failedFuture(new StoreUnavailableException("not connected"));
    }
    RedisBatch batch = new RedisBatch(demands, shapes, plain);
    long session = link.session();
    long askedNanos = nanoClock.getAsLong();
    long lessees = (long) nodes.live() * options.holdersPerNode();
    return link.call(
            lane,
            plain ? RedisScript.PLAIN_SETTLE : RedisScript.PACKED_SETTLE,
            batch.keys(),
            batch.arguments(link.notAfterMicros(lane), lessees))
        .map(
            answer -> {
              long micros = (nanoClock.getAsLong() - askedNanos) / 1_000;
              meter.answered(batch.size(), batch.requests(), micros);
              return batch.grants(answer, askedNanos, session);
            });
  }

  /** Plain counters are not given back: they say nothing of when they were made. */
  @Override
  public Future<Void> giveBack(List<Return> returns) {
    List<Return> current =
        returns.stream().filter(one -> one.receipt().session() == link.session()).toList();
    if (plain || !link.isUp() || current.isEmpty()) {
      return Future.succeededFuture();
    }
    RedisReturns call = new RedisReturns(current);
    return link.call(0, RedisScript.PACKED_RETURN, call.keys(), call.arguments())
        .<Void>mapEmpty()
        .otherwiseEmpty();
  }

  @Override
  public Future<Void> close() {
    return nodes.stop().onComplete(done -> link.close());
  }
}
