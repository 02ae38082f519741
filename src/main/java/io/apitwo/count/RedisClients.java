package io.apitwo.count;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.CloseFuture;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.RedisStandaloneConnectOptions;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Clients for one server each: how it is reached and who we are there. */
final class RedisClients {
  /** Far more commands than are ever under way, so that only a fault meets this bound. */
  private static final int MOST_WAITING = 4_096;

  private static final int CONNECTIONS = 2;

  private RedisClients() {}

  /** For a server that holds counters. */
  static Redis server(Vertx vertx, RedisStoreOptions options, String endpoint, int connectMillis) {
    String database = options.database() == 0 ? "" : "/" + options.database();
    return client(
        vertx,
        options(options, connectMillis).setConnectionString(endpoint + database),
        options.username(),
        options.password());
  }

  /** For a sentinel, which has no databases, and may have users of its own. */
  static Redis sentinel(
      Vertx vertx, RedisStoreOptions options, String endpoint, int connectMillis) {
    RedisStoreOptions.Sentinel sentinel = Objects.requireNonNull(options.sentinel());
    return client(
        vertx,
        options(options, connectMillis).setConnectionString(endpoint),
        sentinel.username(),
        sentinel.password());
  }

  private static Redis client(
      Vertx vertx, RedisOptions options, @Nullable String username, @Nullable String password) {
    RedisStandaloneConnectOptions connect = new RedisStandaloneConnectOptions(options);
    connect.setUser(username).setPassword(password);
    @Nullable Redis[] made = new Redis[1];
    apart(vertx)
        .dispatch(
            here ->
                made[0] =
                    Redis.createStandaloneClient(
                        vertx, options, () -> Future.succeededFuture(connect)));
    if (made[0] == null) {
      throw new IllegalStateException("the library made no client"); // it has said why
    }
    return made[0];
  }

  /**
   * A context of this event loop that nobody knows: the one on which a client is made keeps it, to
   * close it at its own end, although it was closed long before.
   */
  private static ContextInternal apart(Vertx vertx) {
    ContextInternal here = (ContextInternal) vertx.getOrCreateContext();
    return here.owner()
        .contextBuilder()
        .withEventLoop(here.nettyEventLoop())
        .withCloseFuture(new CloseFuture())
        .build();
  }

  private static RedisOptions options(RedisStoreOptions options, int connectMillis) {
    return new RedisOptions()
        .setNetClientOptions(network(options, connectMillis))
        .setMaxPoolSize(CONNECTIONS)
        .setMaxPoolWaiting(CONNECTIONS)
        .setMaxWaitingHandlers(MOST_WAITING)
        .setPoolName("apitwo-counters");
  }

  private static NetClientOptions network(RedisStoreOptions options, int connectMillis) {
    NetClientOptions network =
        new NetClientOptions().setConnectTimeout(connectMillis).setTcpKeepAlive(true);
    if (options.tls()) {
      network.setSsl(true).setHostnameVerificationAlgorithm("HTTPS");
      if (options.authorities() != null) {
        network.setTrustOptions(
            new PemTrustOptions().addCertPath(options.authorities().toString()));
      }
    }
    return network;
  }
}
