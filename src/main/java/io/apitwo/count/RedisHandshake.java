package io.apitwo.count;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * The first words on a connection: what time is it there, here are our scripts, and might counters
 * be evicted?
 */
final class RedisHandshake {
  private RedisHandshake() {}

  /**
   * A connection that is ready.
   *
   * @param micros Redis's time
   * @param atNanos when it arrived, on the nano clock
   * @param skewMillis how far Redis's clock is ahead of this node's
   * @param policy what Redis evicts when it is full; empty when it does not say
   */
  record Greeting(
      RedisConnection connection, long micros, long atNanos, long skewMillis, String policy) {}

  static Future<Greeting> of(
      RedisConnection connection, InstantSource clock, LongSupplier nanoClock) {
    long askedNanos = nanoClock.getAsLong();
    return connection
        .send(Request.cmd(Command.TIME))
        .compose(
            time -> {
              long nowNanos = nanoClock.getAsLong();
              long micros = time.get(0).toLong() * 1_000_000 + time.get(1).toLong();
              long halfway = (nowNanos - askedNanos) / 2_000;
              long skew = micros + halfway - clock.millis() * 1_000;
              RedisScript.all().forEach(script -> load(connection, script));
              return policy(connection)
                  .map(text -> new Greeting(connection, micros, nowNanos, skew / 1_000, text));
            });
  }

  /** A server that refuses gets the script with the first call that needs it. */
  private static void load(RedisConnection connection, RedisScript script) {
    connection.send(Request.cmd(Command.SCRIPT).arg("LOAD").arg(script.text()));
  }

  private static Future<String> policy(RedisConnection connection) {
    return connection
        .send(Request.cmd(Command.CONFIG).arg("GET").arg("maxmemory-policy"))
        .map(RedisHandshake::policy)
        .otherwise("");
  }

  /** RESP3 servers answer with a map, RESP2 ones with a list of name and value. */
  private static String policy(Response answer) {
    Response value =
        answer.containsKey("maxmemory-policy") ? answer.get("maxmemory-policy") : answer.get(1);
    return value == null ? "" : value.toString();
  }
}
