package io.apitwo.count;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClientOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisClientType;
import io.vertx.redis.client.RedisConnectOptions;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.RedisRole;
import io.vertx.redis.client.RedisSentinelConnectOptions;
import io.vertx.redis.client.RedisStandaloneConnectOptions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Makes a client for each attempt to connect: one that is closed takes its sockets, its half-done
 * handshakes and all that it knew of addresses and masters with it.
 */
final class RedisClients {
  /** Far more commands than are ever under way, so that only a fault meets this bound. */
  private static final int MOST_WAITING = 4_096;

  private static final int CONNECTIONS = 2;

  private RedisClients() {}

  /**
   * @param endpoint of the server; not used where sentinels say which one it is
   * @param attempt how often it was tried before; each time another sentinel comes first, since the
   *     library waits for one that does not answer and never gets to the next
   */
  static Redis create(
      Vertx vertx, RedisStoreOptions options, String endpoint, int attempt, int connectMillis) {
    RedisOptions redis =
        new RedisOptions()
            .setNetClientOptions(network(options, connectMillis))
            .setMaxPoolSize(CONNECTIONS)
            .setMaxPoolWaiting(CONNECTIONS)
            .setMaxWaitingHandlers(MOST_WAITING)
            .setPoolName("apitwo-counters");
    String database = options.database() == 0 ? "" : "/" + options.database();
    if (options.mode() == RedisStoreOptions.Mode.SENTINEL) {
      List<String> sentinels = new ArrayList<>(options.endpoints());
      Collections.rotate(sentinels, attempt);
      sentinels.forEach(sentinel -> redis.addConnectionString(sentinel + database));
      redis.setType(RedisClientType.SENTINEL);
      RedisSentinelConnectOptions connect =
          new RedisSentinelConnectOptions(redis)
              .setMasterName(options.master())
              .setRole(RedisRole.MASTER);
      return Redis.createSentinelClient(
          vertx, redis, () -> Future.succeededFuture(authenticate(connect, options)));
    }
    redis.setConnectionString(endpoint + database);
    RedisStandaloneConnectOptions connect = new RedisStandaloneConnectOptions(redis);
    return Redis.createStandaloneClient(
        vertx, redis, () -> Future.succeededFuture(authenticate(connect, options)));
  }

  private static <T extends RedisConnectOptions> T authenticate(
      T connect, RedisStoreOptions options) {
    connect.setUser(options.username()).setPassword(options.password());
    return connect;
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
