package io.apitwo.proxy;

import io.vertx.core.net.NetSocket;

/**
 * A client's connection and a target's after both have switched to WebSocket: whatever one says the
 * other is told, each held back while its far end cannot take more. It lasts until either end goes,
 * or nothing has moved for {@code proxy.idleTimeout}.
 *
 * <p>Confined to the exchange's event loop.
 */
final class Tunnel {
  private final Exchange exchange;
  private final NetSocket near;
  private final NetSocket far;
  private final Runnable release;
  private boolean over;
  private long movedNanos = System.nanoTime();

  private Tunnel(Exchange exchange, NetSocket near, NetSocket far, Runnable release) {
    this.exchange = exchange;
    this.near = near;
    this.far = far;
    this.release = release;
  }

  /**
   * Lets both talk.
   *
   * @param near the client's
   * @param far the target's
   * @param release gives the target's connection up, once
   */
  static void open(Exchange exchange, NetSocket near, NetSocket far, Runnable release) {
    Tunnel tunnel = new Tunnel(exchange, near, far, release);
    exchange.tunnel = tunnel;
    tunnel.pump(near, far);
    tunnel.pump(far, near);
  }

  private void pump(NetSocket from, NetSocket to) {
    from.exceptionHandler(cause -> {}); // its end says all there is to say
    from.closeHandler(closed -> close());
    from.endHandler(ended -> to.end());
    from.handler(
        bytes -> {
          movedNanos = System.nanoTime();
          to.write(bytes);
          if (to.writeQueueFull()) {
            from.pause();
            to.drainHandler(
                drained -> {
                  movedNanos = System.nanoTime();
                  from.resume();
                });
          }
        });
  }

  /** Whether nothing has moved for longer than that. */
  boolean isIdle(long nanos, long nowNanos) {
    return nowNanos - movedNanos > nanos;
  }

  /** Ends it on both sides. */
  void close() {
    if (over) {
      return;
    }
    over = true;
    near.close();
    far.close();
    release.run();
    exchange.tunnelEnded();
  }
}
