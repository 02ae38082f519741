package io.apitwo.count;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Whom the sentinels call the master. Sentinels learn of a failover one after the other, and one
 * that is cut off never does; each says by its configuration's epoch how new its word is (Redis
 * documentation, "High availability with Redis Sentinel", on configuration epochs). So the newest
 * word counts. (The library's own sentinel client is not used: it has one login for sentinels and
 * servers, waits for a sentinel that hangs, and believes the first that answers.)
 *
 * <p>Every question is asked on a connection of its own, which is closed afterwards. Confined to
 * one event loop.
 */
final class RedisSentinels {
  private final RedisContext context;
  private final RedisStoreOptions.Sentinel sentinel;
  private final List<String> addresses;
  private @Nullable Master found;
  private int turn;

  /**
   * A sentinel's word.
   *
   * @param epoch of the sentinel's configuration; 0 where it does not say
   */
  private record Master(String endpoint, long epoch) {}

  RedisSentinels(RedisContext context, RedisStoreOptions.Sentinel sentinel) {
    this.context = context;
    this.sentinel = sentinel;
    this.addresses = context.options().endpoints();
  }

  /**
   * Asks one sentinel after the other, each time another one first, until one's word is not older
   * than what was known; where all are older (they were set up anew), takes the newest.
   *
   * @param millis how long each may take
   * @return where the master is, {@code redis://HOST:PORT}; fails when no sentinel says so
   */
  Future<String> find(int millis) {
    return find(turn++, addresses.size(), millis, null)
        .map(
            master -> {
              found = master;
              return master.endpoint;
            });
  }

  private Future<Master> find(int next, int left, int millis, @Nullable Master older) {
    return ask(next, millis)
        .transform(
            answer -> {
              Master word = answer.result();
              if (word != null && (found == null || word.epoch >= found.epoch)) {
                return Future.succeededFuture(word);
              }
              boolean newer = word != null && (older == null || word.epoch > older.epoch);
              Master newest = newer ? word : older;
              if (left > 1) {
                return find(next + 1, left - 1, millis, newest);
              }
              return newest == null
                  ? Future.failedFuture(answer.cause())
                  : Future.succeededFuture(newest);
            });
  }

  /**
   * Asks one sentinel, each time another, whether the master is still where it was found last.
   *
   * @return true only when its word is newer and names another server; never fails
   */
  Future<Boolean> hasMoved(int millis) {
    return ask(turn++, millis)
        .map(
            word -> {
              Master known = found;
              if (known == null || word.epoch <= known.epoch) {
                return false;
              }
              found = word;
              return !word.endpoint.equals(known.endpoint);
            })
        .otherwise(false);
  }

  private Future<Master> ask(int next, int millis) {
    String address = addresses.get(Math.floorMod(next, addresses.size()));
    Redis client = RedisClients.sentinel(context.vertx(), context.options(), address, millis);
    return client
        .connect()
        .compose(this::ask)
        .timeout(millis, TimeUnit.MILLISECONDS)
        .onComplete(done -> client.close())
        .recover(
            cause -> {
              String reason = RedisFault.ofHandshake(cause).reason();
              return Future.failedFuture(
                  new StoreUnavailableException("the sentinel " + address + ": " + reason));
            });
  }

  /** The epoch first: a word that is newer than its epoch is only believed a little later. */
  private Future<Master> ask(RedisConnection connection) {
    Future<Long> epoch =
        send(connection, "MASTER").map(RedisSentinels::epoch).otherwise(0L); // no leave to ask
    Future<String> endpoint = send(connection, "GET-MASTER-ADDR-BY-NAME").compose(this::endpoint);
    return Future.all(epoch, endpoint).map(both -> new Master(endpoint.result(), epoch.result()));
  }

  private Future<Response> send(RedisConnection connection, String question) {
    return connection.send(Request.cmd(Command.SENTINEL).arg(question).arg(sentinel.master()));
  }

  private static long epoch(Response master) {
    Response epoch = master.get("config-epoch");
    return epoch == null ? 0 : epoch.toLong();
  }

  private Future<String> endpoint(@Nullable Response address) {
    if (address == null || address.size() != 2) {
      return Future.failedFuture(
          new StoreUnavailableException("it knows no master " + sentinel.master()));
    }
    String host = address.get(0).toString();
    boolean bare = host.indexOf(':') >= 0 && !host.startsWith("[");
    String scheme = context.options().tls() ? "rediss://" : "redis://";
    return Future.succeededFuture(scheme + (bare ? "[" + host + "]" : host) + ":" + address.get(1));
  }
}
