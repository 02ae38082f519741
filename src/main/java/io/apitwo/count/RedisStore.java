package io.apitwo.count;

import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Hit;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Return;
import io.apitwo.limit.Subject;
import io.apitwo.telemetry.StoreMeter;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
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
  private final RedisServers servers;
  private final RedisNodes nodes;
  private final InstantSource clock;
  private Runnable listener = () -> {};
  private final RedisWords words;
  private final RedisSettler settler;
  private final RedisHashes hashes;
  private final RedisDocuments documents;
  private long session;

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
    this.clock = clock;
    this.nanoClock = nanoClock;
    this.plain = options.layout() == RedisStoreOptions.Layout.PLAIN;
    this.sharded = options.mode() == RedisStoreOptions.Mode.CLUSTER;
    RedisContext context = new RedisContext(vertx, options, meter, clock, nanoClock);
    this.servers = servers(context);
    this.nodes = new RedisNodes(vertx, this::call, meter, clock, options.expectedNodes());
    this.words =
        new RedisWords(
            context, servers, new RedisPermits(holder(), clock.millis() * 1_000, this::lane));
    this.settler = new RedisSettler(context, servers, nodes, words, this::giveBack);
    this.hashes = new RedisHashes(servers, options.timeout().toMillis());
    this.documents = new RedisDocuments(servers);
  }

  /** Who holds permits: another one after each start. */
  private static byte[] holder() {
    byte[] id = new byte[8];
    new SecureRandom().nextBytes(id);
    return id;
  }

  private RedisServers servers(RedisContext context) {
    if (sharded) {
      return new RedisCluster(context, this::changed);
    }
    RedisStoreOptions.Sentinel sentinel = options.sentinel();
    return sentinel == null
        ? new RedisSingleServer(new RedisLink(context, options.endpoints().get(0), this::changed))
        : RedisMaster.of(context, sentinel, this::changed);
  }

  @Override
  public String name() {
    return "redis";
  }

  /** What others keep in the same Redis. */
  public RedisHashes hashes() {
    return hashes;
  }

  /** What the nodes share beside the counters. */
  public RedisDocuments documents() {
    return documents;
  }

  @Override
  public Future<Void> start() {
    hashes.startedOn(Vertx.currentContext());
    documents.startedOn(Vertx.currentContext());
    nodes.start();
    return servers.start();
  }

  private void changed() {
    meter.available(servers.isUp());
    if (servers.isUp()) {
      nodes.connected();
      if (session != servers.session()) {
        session = servers.session();
        words.changed();
      }
    }
    listener.run();
  }

  @Override
  public void onChange(Runnable listener) {
    this.listener = listener;
  }

  @Override
  public boolean isAvailable() {
    return servers.isUp();
  }

  @Override
  public boolean isAvailable(Charge charge) {
    if (!sharded) {
      return servers.isUp();
    }
    for (Subject subject : charge.subjects()) {
      if (!servers.isUp(RedisKeys.shard(subject.client()))) {
        return false;
      }
    }
    return true;
  }

  @Override
  public boolean isShared() {
    return true;
  }

  @Override
  public int liveNodes() {
    return nodes.live();
  }

  @Override
  public long skewMillis() {
    long micros = servers.serverMicros();
    return micros < 0 ? 0 : micros / 1_000 - clock.millis();
  }

  @Override
  public int lanes() {
    return sharded ? RedisKeys.SHARDS : 1;
  }

  @Override
  public int lane(Charge charge) {
    return sharded ? RedisKeys.shard(charge.subjects().get(0).client()) : 0;
  }

  private Future<byte[]> call(RedisScript script, List<byte[]> keys, List<byte[]> arguments) {
    if (!servers.isUp()) {
      return Future.failedFuture(new StoreUnavailableException("not connected"));
    }
    long mayTake = Math.max(UNHURRIED_NANOS, options.timeout().toNanos());
    long deadlineNanos = nanoClock.getAsLong() + mayTake;
    return servers
        .call(
            RedisServers.NODES,
            new RedisCall(script, keys, notAfterMicros -> arguments, deadlineNanos))
        .map(RedisAnswer::bytes);
  }

  @Override
  public Future<List<@Nullable Grant>> settle(List<Demand> demands) {
    if (!servers.isUp()) {
      meter.failed(StoreMeter.Failure.CONNECTION);
      return Future.failedFuture(new StoreUnavailableException("not connected"));
    }
    return sharded
        ? RedisParts.byShard(demands).settle(this::settle, this::giveBack)
        : settle(0, demands);
  }

  private Future<List<@Nullable Grant>> settle(int lane, List<Demand> demands) {
    return RedisPieces.of(demands).settle((mixed, piece) -> settler.settle(lane, mixed, piece));
  }

  /**
   * Permits are counted at once, and told when it suits. Of plain counters only refunds come back
   * ({@link RedisPlainReturns}).
   */
  @Override
  public Future<Void> giveBack(List<Return> returns) {
    boolean any = false;
    for (Return ended : returns) {
      Charge charge = ended.charge();
      any |= charge.holdsPermits();
      for (Subject subject : charge.subjects()) {
        if (subject.limit().algorithm() == Algorithm.CONCURRENCY) {
          words.permits().giveBack(subject, ended.count() * charge.cost());
        }
      }
    }
    if (any) {
      words.look();
    }
    return giveBackCounts(returns);
  }

  private Future<Void> giveBackCounts(List<Return> returns) {
    if (!servers.isUp()) {
      return Future.succeededFuture();
    }
    long session = servers.session();
    List<Return> current =
        returns.stream().filter(each -> each.receipt().session() == session).toList();
    long deadlineNanos = nanoClock.getAsLong() + options.timeout().toNanos();
    if (plain) {
      return refundPlain(current, deadlineNanos);
    }
    return Future.join(
            RedisReturns.of(current, this::lane).stream()
                .map(call -> call.sendTo(servers, deadlineNanos))
                .toList())
        .<Void>mapEmpty()
        .otherwiseEmpty();
  }

  private Future<Void> refundPlain(List<Return> refunds, long deadlineNanos) {
    List<Future<RedisAnswer>> calls = new ArrayList<>();
    for (RedisPlainReturns each : RedisPlainReturns.of(refunds)) {
      calls.add(servers.call(0, each.call(deadlineNanos)));
    }
    return Future.join(calls).<Void>mapEmpty().otherwiseEmpty();
  }

  @Override
  public Future<Charged> charge(List<Hit> hits) {
    long deadlineNanos = nanoClock.getAsLong() + options.timeout().toNanos();
    List<Future<Charged>> calls = new ArrayList<>();
    Map<Boolean, List<Hit>> parts =
        hits.stream().collect(Collectors.partitioningBy(RedisStore::isOfCalendar));
    for (RedisCharges each : RedisCharges.of(parts.get(true), this::lane, plain)) {
      calls.add(each.sendTo(servers, deadlineNanos));
    }
    if (!parts.get(false).isEmpty()) {
      calls.add(new LateDemands(parts.get(false)).charge(this::settle, this::giveBack));
    }
    return Future.join(calls).map(done -> Charged.of(calls.stream().map(Future::result).toList()));
  }

  /** A client's records lie in one shard, and each goes in a call of its own. */
  @Override
  public Future<Void> reset(List<Subject> subjects) {
    long deadlineNanos = nanoClock.getAsLong() + UNHURRIED_NANOS;
    List<Future<RedisAnswer>> calls = new ArrayList<>();
    for (Subject subject : subjects) {
      if (subject.limit().algorithm() != Algorithm.CONCURRENCY) {
        RedisCall call = RedisReset.of(subject, plain, deadlineNanos);
        calls.add(servers.call(lane(subject.client()), call));
      }
    }
    return Future.join(calls).mapEmpty();
  }

  private static boolean isOfCalendar(Hit hit) {
    Limit limit = hit.subject().limit();
    return limit.algorithm() == Algorithm.FIXED && !limit.phased();
  }

  private int lane(String client) {
    return sharded ? RedisKeys.shard(client) : 0;
  }

  @Override
  public Future<Void> close() {
    return words.close().compose(told -> nodes.stop()).onComplete(done -> servers.close());
  }
}
