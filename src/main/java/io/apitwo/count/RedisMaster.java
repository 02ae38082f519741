package io.apitwo.count;

import io.apitwo.count.RedisStoreOptions.Sentinel;
import io.vertx.core.Future;

/**
 * One server for all lanes, the master that sentinels name. They are asked at each attempt to
 * connect, and every {@value #LOOK_MILLIS} ms besides: in a failover that somebody asked for, the
 * old master takes writes, which will be lost, for some ten seconds after another has taken over.
 *
 * <p>Confined to one event loop.
 */
final class RedisMaster implements RedisServers {
  private static final int LOOK_MILLIS = 500;

  /** Of the time for an attempt: a sentinel that hangs leaves some for another and the master. */
  private static final int PARTS = 3;

  private final RedisLink.Context context;
  private final RedisSentinels sentinels;
  private final RedisLink link;
  private long timer = -1;

  RedisMaster(RedisLink.Context context, Sentinel sentinel, Runnable onChange) {
    this.context = context;
    this.sentinels = new RedisSentinels(context, sentinel);
    this.link =
        new RedisLink(
            context,
            "master:" + sentinel.master(),
            millis -> sentinels.find(millis / PARTS),
            onChange);
  }

  @Override
  public Future<Void> start() {
    timer = context.vertx().setPeriodic(LOOK_MILLIS, tick -> look());
    return link.start();
  }

  private void look() {
    if (link.isUp()) {
      long session = link.session();
      sentinels
          .hasMoved(LOOK_MILLIS)
          .onSuccess(
              moved -> {
                if (moved && session == link.session()) {
                  link.leave("the sentinels name another master");
                }
              });
    }
  }

  @Override
  public boolean isUp() {
    return link.isUp();
  }

  @Override
  public boolean isUp(int lane) {
    return link.isUp();
  }

  @Override
  public long serverMicros() {
    return link.serverMicros();
  }

  @Override
  public long session() {
    return link.session();
  }

  @Override
  public Future<byte[]> call(int lane, RedisCall call) {
    return link.call(call, false);
  }

  @Override
  public void close() {
    context.vertx().cancelTimer(timer);
    link.close();
  }
}
