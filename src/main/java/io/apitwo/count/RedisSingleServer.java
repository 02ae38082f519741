package io.apitwo.count;

import io.vertx.core.Future;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;

/** One server for all lanes, a standalone one. */
class RedisSingleServer implements RedisServers {
  private final RedisLink link;

  RedisSingleServer(RedisLink link) {
    this.link = link;
  }

  @Override
  public Future<Void> start() {
    return link.start();
  }

  @Override
  public final boolean isUp() {
    return link.isUp();
  }

  @Override
  public final boolean isUp(int lane) {
    return link.isUp();
  }

  @Override
  public final long serverMicros() {
    return link.serverMicros();
  }

  @Override
  public final long session() {
    return link.session();
  }

  @Override
  public final Future<RedisAnswer> call(int lane, RedisCall call) {
    return link.call(call, false);
  }

  @Override
  public Future<Response> ask(byte[] key, Request request) {
    return link.isUp()
        ? link.ask(request)
        : Future.failedFuture(new StoreUnavailableException("not connected"));
  }

  @Override
  public void close() {
    link.close();
  }
}
