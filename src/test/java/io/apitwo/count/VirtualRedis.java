package io.apitwo.count;

import io.apitwo.RedisServer;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Runs the scripts on a real Redis by a time that the test says; keys expire by it as well. */
final class VirtualRedis implements AutoCloseable {
  private final Vertx vertx = Vertx.vertx();
  private final RedisServer server = RedisServer.start();
  private final RedisConnection connection;
  private final Map<RedisScript, String> digests = new HashMap<>();
  private final String time;

  VirtualRedis() throws IOException {
    connection = OnLoop.await(Redis.createClient(vertx, server.url()).connect());
    try (InputStream in = VirtualRedis.class.getResourceAsStream("virtual-time.lua")) {
      time = new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    }
  }

  /** Runs a script; the call may be late by what it says itself. */
  byte[] run(RedisScript script, List<byte[]> keys, List<byte[]> arguments, long nowMicros) {
    Request request = Request.cmd(Command.EVALSHA).arg(digest(script)).arg(keys.size());
    keys.forEach(request::arg);
    arguments.forEach(request::arg);
    return OnLoop.await(connection.send(request.arg(nowMicros))).toBytes();
  }

  private String digest(RedisScript script) {
    return digests.computeIfAbsent(
        script,
        any -> {
          String text = time + new String(script.text(), StandardCharsets.US_ASCII);
          Request load = Request.cmd(Command.SCRIPT).arg("LOAD").arg(text);
          return OnLoop.await(connection.send(load)).toString();
        });
  }

  void flush() {
    OnLoop.await(connection.send(Request.cmd(Command.FLUSHALL)));
  }

  @Override
  public void close() {
    OnLoop.await(connection.close());
    OnLoop.await(vertx.close());
    server.close();
  }
}
