package io.apitwo.count;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * One attempt to connect; closed, it takes its sockets, its half-done handshakes and all that it
 * knew of addresses with it. With sentinels it asks them first, one after the other and each time
 * another one first, and the server that they name must not call itself a replica (Redis's
 * "Guidelines for Redis clients with support for Redis Sentinel"). The library's own sentinel
 * client is not used: it has one login for sentinels and servers, and waits for a sentinel that
 * hangs.
 *
 * <p>Confined to one event loop.
 */
final class RedisAttempt {
  /** A sentinel that hangs leaves time for another, and for the master. */
  private static final int PARTS = 3;

  private final Vertx vertx;
  private final RedisStoreOptions options;
  private final String endpoint;
  private final int number;
  private final int millis;
  private final List<Redis> clients = new ArrayList<>(2);
  private boolean closed;

  /**
   * @param endpoint of the server; not used where sentinels say which one it is
   * @param number how many attempts there were before
   * @param millis how long each connection may take
   */
  RedisAttempt(Vertx vertx, RedisStoreOptions options, String endpoint, int number, int millis) {
    this.vertx = vertx;
    this.options = options;
    this.endpoint = endpoint;
    this.number = number;
    this.millis = millis;
  }

  /** Succeeds with a connection whose login is done. */
  Future<RedisConnection> connect() {
    RedisStoreOptions.Sentinel sentinel = options.sentinel();
    return sentinel == null
        ? server(endpoint)
        : master(sentinel, 0)
            .compose(master -> server(master).compose(it -> notReplica(it, master)));
  }

  private Future<RedisConnection> server(String address) {
    return open(RedisClients.server(vertx, options, address, millis));
  }

  private Future<RedisConnection> open(Redis client) {
    if (closed) {
      client.close();
      return Future.failedFuture(new StoreUnavailableException("closed"));
    }
    clients.add(client);
    return client.connect();
  }

  /** Where the master is, as the first sentinel says that knows it. */
  private Future<String> master(RedisStoreOptions.Sentinel sentinel, int asked) {
    List<String> all = options.endpoints();
    String address = all.get(Math.floorMod(number + asked, all.size()));
    return open(RedisClients.sentinel(vertx, options, address, millis / PARTS))
        .compose(connection -> ask(connection, sentinel.master()))
        .timeout(Math.max(1, millis / PARTS), TimeUnit.MILLISECONDS)
        .recover(
            cause ->
                asked + 1 < all.size()
                    ? master(sentinel, asked + 1)
                    : Future.failedFuture(
                        new StoreUnavailableException(
                            "the sentinel "
                                + address
                                + ": "
                                + RedisFault.ofHandshake(cause).reason())));
  }

  private Future<String> ask(RedisConnection connection, String name) {
    return connection
        .send(Request.cmd(Command.SENTINEL).arg("GET-MASTER-ADDR-BY-NAME").arg(name))
        .compose(
            address -> {
              connection.close();
              if (address == null || address.size() != 2) {
                return Future.failedFuture(
                    new StoreUnavailableException("it knows no master " + name));
              }
              String host = address.get(0).toString();
              boolean bare = host.indexOf(':') >= 0 && !host.startsWith("[");
              return Future.succeededFuture(
                  (options.tls() ? "rediss://" : "redis://")
                      + (bare ? "[" + host + "]" : host)
                      + ":"
                      + address.get(1));
            });
  }

  /** A sentinel may be behind the times. Who may not ask for the role is taken at his word. */
  private static Future<RedisConnection> notReplica(RedisConnection connection, String address) {
    return connection
        .send(Request.cmd(Command.ROLE))
        .transform(
            role ->
                role.succeeded() && isReplica(role.result())
                    ? Future.failedFuture(
                        new StoreUnavailableException(
                            address + ", which a sentinel names as the master, is a replica"))
                    : Future.succeededFuture(connection));
  }

  private static boolean isReplica(Response role) {
    return role.size() > 0 && role.get(0).toString().equals("slave");
  }

  /** Closes what was opened; what is under way fails. */
  void close() {
    closed = true;
    clients.forEach(Redis::close);
  }
}
