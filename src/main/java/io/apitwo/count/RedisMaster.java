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
final class RedisMaster extends RedisSingleServer {
  private static final int LOOK_MILLIS = 500;

  /** Of the time for an attempt: a sentinel that hangs leaves some for another and the master. */
  private static final int PARTS = 3;

  private final RedisContext context;
  private final RedisSentinels sentinels;
  private final RedisLink link;
  private long timer = -1;

  private RedisMaster(RedisContext context, RedisSentinels sentinels, RedisLink link) {
    super(link);
    this.context = context;
    this.sentinels = sentinels;
    this.link = link;
  }

  static RedisMaster of(RedisContext context, Sentinel sentinel, Runnable onChange) {
    RedisSentinels sentinels = new RedisSentinels(context, sentinel);
    RedisLink link =
        new RedisLink(
            context,
            "master:" + sentinel.master(),
            millis -> sentinels.find(millis / PARTS),
            onChange);
    return new RedisMaster(context, sentinels, link);
  }

  @Override
  public Future<Void> start() {
    timer = context.vertx().setPeriodic(LOOK_MILLIS, tick -> look());
    return super.start();
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
  public void close() {
    context.vertx().cancelTimer(timer);
    super.close();
  }
}
