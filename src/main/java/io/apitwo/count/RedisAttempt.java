package io.apitwo.count;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import org.jspecify.annotations.Nullable;

/**
 * One attempt to connect, with a client of its own: closed, it takes its sockets, its half-done
 * handshakes and all that it knew of addresses with it.
 *
 * <p>Confined to one event loop.
 */
final class RedisAttempt {
  private final RedisContext context;
  private final int millis;
  private @Nullable Redis client;
  private boolean closed;

  /**
   * @param millis how long the connection may take
   */
  RedisAttempt(RedisContext context, int millis) {
    this.context = context;
    this.millis = millis;
  }

  /**
   * @param where the server is, {@code redis://HOST:PORT}
   * @return a connection whose login is done
   */
  Future<RedisConnection> connect(Future<String> where) {
    return where.compose(
        endpoint -> {
          if (closed) {
            return Future.failedFuture(new StoreUnavailableException("closed"));
          }
          client = RedisClients.server(context.vertx(), context.options(), endpoint, millis);
          Future<RedisConnection> connection = client.connect();
          return context.options().sentinel() == null
              ? connection
              : connection.compose(made -> notReplica(made, endpoint));
        });
  }

  /**
   * Sentinels may be behind the times; who calls himself a replica would refuse every call (Redis
   * documentation, "Guidelines for Redis clients with support for Redis Sentinel"). A server that
   * gives us no leave to ask is taken at their word.
   */
  private static Future<RedisConnection> notReplica(RedisConnection connection, String endpoint) {
    return connection
        .send(Request.cmd(Command.ROLE))
        .transform(
            role ->
                role.succeeded() && isReplica(role.result())
                    ? Future.failedFuture(
                        new StoreUnavailableException(
                            endpoint + ", which the sentinels name, is a replica"))
                    : Future.succeededFuture(connection));
  }

  private static boolean isReplica(Response role) {
    return role.size() > 0 && role.get(0).toString().equals("slave");
  }

  /** Closes what was opened; what is under way fails. */
  void close() {
    closed = true;
    if (client != null) {
      client.close();
    }
  }
}
