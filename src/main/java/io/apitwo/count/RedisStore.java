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
import java.util.Collections;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Counts in Redis, shared by all nodes: one script call for a batch, by Redis's own clock. A batch
 * of more than {@value RedisBatch#MOST} demands is several calls; on a cluster it is at least one
 * for each shard that its clients are in, and {@link RedisParts} says what that means for a charge.
 *
 * <p>Confined to the event loop on which it is started. Restarts of Redis, fail-overs and evictions
 * lose counts that Redis had acknowledged, and no client can help that.
 */
public final class RedisStore implements CounterStore {
  /**
   * For heartbeats, at least: nobody waits for them, and the first one loads classes. None misses
   * its deadline before a decision would, since a server that does is asked nothing for a while.
   */
  private static final long UNHURRIED_NANOS = 1_000_000_000L;

  private final RedisStoreOptions options;
  private final StoreMeter meter;
  private final LongSupplier nanoClock;
  private final boolean plain;
  private final boolean sharded;
  private final RedisShapes shapes;
  private final RedisServers servers;
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
    this.sharded = options.mode() == RedisStoreOptions.Mode.CLUSTER;
    this.shapes = new RedisShapes(plain);
    RedisLink.Context context = new RedisLink.Context(vertx, options, meter, clock, nanoClock);
    this.servers = servers(context);
    this.nodes = new RedisNodes(vertx, this::call, meter, clock, options.expectedNodes());
  }

  private RedisServers servers(RedisLink.Context context) {
    if (sharded) {
      return new RedisCluster(context, this::changed);
    }
    RedisStoreOptions.Sentinel sentinel = options.sentinel();
    return sentinel == null
        ? new RedisSingleServer(new RedisLink(context, options.endpoints().get(0), this::changed))
        : new RedisMaster(context, sentinel, this::changed);
  }

  @Override
  public String name() {
    return "redis";
  }

  @Override
  public Future<Void> start() {
    nodes.start();
    return servers.start();
  }

  private void changed() {
    meter.available(servers.isUp());
    if (servers.isUp()) {
      nodes.beat();
    }
  }

  @Override
  public boolean isAvailable() {
    return servers.isUp();
  }

  @Override
  public int lanes() {
    return sharded ? RedisKeys.SHARDS : 1;
  }

  @Override
  public int lane(Charge charge) {
    return sharded ? RedisKeys.shard(charge.subjects().get(0).client()) : 0;
  }

  private long deadlineNanos(long nowNanos) {
    return nowNanos + options.timeout().toNanos();
  }

  private Future<byte[]> call(RedisScript script, List<byte[]> keys, List<byte[]> arguments) {
    if (!servers.isUp()) {
      return Future.failedFuture(new StoreUnavailableException("not connected"));
    }
    long mayTake = Math.max(UNHURRIED_NANOS, options.timeout().toNanos());
    long deadlineNanos = nanoClock.getAsLong() + mayTake;
    return servers.call(
        RedisServers.NODES,
        new RedisCall(script, keys, notAfterMicros -> arguments, deadlineNanos));
  }

  @Override
  public Future<List<@Nullable Grant>> settle(List<Demand> demands) {
    long deadlineNanos = deadlineNanos(nanoClock.getAsLong());
    if (!servers.isUp()) {
      meter.failed(StoreMeter.Failure.CONNECTION);
      return Future.failedFuture(new StoreUnavailableException("not connected"));
    }
    return sharded
        ? RedisParts.byShard(demands)
            .settle((lane, part) -> settle(lane, part, deadlineNanos), this::giveBack)
        : settle(0, demands, deadlineNanos);
  }

  private Future<List<@Nullable Grant>> settle(int lane, List<Demand> demands, long deadlineNanos) {
    if (demands.size() <= RedisBatch.MOST) {
      return settleAtOnce(lane, demands, deadlineNanos);
    }
    List<List<Demand>> batches = new ArrayList<>();
    for (int from = 0; from < demands.size(); from += RedisBatch.MOST) {
      batches.add(demands.subList(from, Math.min(demands.size(), from + RedisBatch.MOST)));
    }
    return settleEach(lane, batches, deadlineNanos);
  }

  /** Fails if all of them fail. */
  private Future<List<@Nullable Grant>> settleEach(
      int lane, List<List<Demand>> batches, long deadlineNanos) {
    List<Future<List<@Nullable Grant>>> calls =
        batches.stream().map(batch -> settleAtOnce(lane, batch, deadlineNanos)).toList();
    return Future.join(calls)
        .transform(
            done -> {
              if (calls.stream().noneMatch(Future::succeeded)) {
                return Future.failedFuture(calls.get(0).cause());
              }
              List<@Nullable Grant> grants = new ArrayList<>();
              for (int i = 0; i < calls.size(); i++) {
                grants.addAll(
                    calls.get(i).succeeded()
                        ? calls.get(i).result()
                        : Collections.<@Nullable Grant>nCopies(batches.get(i).size(), null));
              }
              return Future.succeededFuture(grants);
            });
  }

  private Future<List<@Nullable Grant>> settleAtOnce(
      int lane, List<Demand> demands, long deadlineNanos) {
    long askedNanos = nanoClock.getAsLong();
    RedisBatch batch = new RedisBatch(demands, shapes, plain);
    long session = servers.session();
    long lessees = (long) nodes.live() * options.holdersPerNode();
    RedisCall call =
        new RedisCall(
            plain ? RedisScript.PLAIN_SETTLE : RedisScript.PACKED_SETTLE,
            batch.keys(),
            notAfterMicros -> batch.arguments(notAfterMicros, lessees),
            deadlineNanos,
            answer -> giveBack(unused(demands, batch.grants(answer, askedNanos, session))));
    return servers
        .call(lane, call)
        .map(
            answer -> {
              long micros = (nanoClock.getAsLong() - askedNanos) / 1_000;
              meter.answered(batch.size(), batch.requests(), micros);
              return batch.grants(answer, askedNanos, session);
            })
        .recover(cause -> recover(cause, lane, demands, deadlineNanos));
  }

  /** What was granted to those who have been told that there is no answer. */
  private static List<Return> unused(List<Demand> demands, List<@Nullable Grant> grants) {
    List<Return> unused = new ArrayList<>();
    for (int i = 0; i < demands.size(); i++) {
      Grant grant = grants.get(i);
      if (grant != null && grant.granted() + grant.leased() > 0) {
        long count = (long) grant.granted() + grant.leased();
        unused.add(new Return(demands.get(i).charge(), count, grant.standing().receipt()));
      }
    }
    return unused;
  }

  /**
   * While a slot is being moved, a call whose keys are here and there, or new, is made charge by
   * charge, and a charge of several keys in parts.
   */
  private Future<List<@Nullable Grant>> recover(
      Throwable cause, int lane, List<Demand> demands, long deadlineNanos) {
    if (!(cause instanceof RedisRedirect)) {
      return Future.failedFuture(cause);
    }
    if (demands.size() > 1) {
      return settleEach(lane, demands.stream().map(List::of).toList(), deadlineNanos);
    }
    if (demands.get(0).charge().subjects().size() > 1) {
      return RedisParts.bySubject(demands)
          .settle((subject, part) -> settleAtOnce(lane, part, deadlineNanos), this::giveBack);
    }
    meter.failed(StoreMeter.Failure.ERROR);
    return Future.failedFuture(new StoreUnavailableException("the keys are being moved"));
  }

  /** Plain counters are not given back: they do not tell one life of theirs from another. */
  @Override
  public Future<Void> giveBack(List<Return> returns) {
    if (plain || !servers.isUp()) {
      return Future.succeededFuture();
    }
    long session = servers.session();
    List<RedisReturns> calls =
        RedisReturns.of(
            returns.stream().filter(unspent -> unspent.receipt().session() == session).toList(),
            this::lane);
    long deadlineNanos = deadlineNanos(nanoClock.getAsLong());
    return giveBack(calls, deadlineNanos).otherwiseEmpty();
  }

  private Future<Void> giveBack(List<RedisReturns> calls, long deadlineNanos) {
    return Future.join(calls.stream().map(call -> giveBack(call, deadlineNanos)).toList())
        .mapEmpty();
  }

  private Future<Void> giveBack(RedisReturns returns, long deadlineNanos) {
    return servers
        .call(returns.lane(), returns.call(deadlineNanos))
        .<Void>mapEmpty()
        .recover(
            cause ->
                cause instanceof RedisRedirect && returns.size() > 1
                    ? giveBack(returns.apart(), deadlineNanos)
                    : Future.failedFuture(cause));
  }

  private int lane(String client) {
    return sharded ? RedisKeys.shard(client) : 0;
  }

  @Override
  public Future<Void> close() {
    return nodes.stop().onComplete(done -> servers.close());
  }
}
