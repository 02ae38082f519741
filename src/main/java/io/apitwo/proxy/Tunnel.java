package io.apitwo.proxy;

import io.netty.buffer.ByteBuf;

/**
 * A client's connection and a target's after both have switched to WebSocket: whatever one says the
 * other is told, each held back while its far end takes no more. It lasts until either end goes;
 * one on which nothing moves is a connection that its client makes no use of ({@link Pace}).
 *
 * <p>Confined to the event loop of both.
 */
final class Tunnel {
  private final ClientConnection near;
  private final TargetConnection far;
  private boolean over;

  Tunnel(ClientConnection near, TargetConnection far) {
    this.near = near;
    this.far = far;
  }

  /** Something came from the target; takes it over. */
  void toClient(ByteBuf bytes) {
    near.write(bytes);
    if (!near.takesMore()) {
      far.pause();
    }
  }

  /** Something came from the client; takes it over. */
  void toTarget(ByteBuf bytes) {
    far.write(bytes);
    if (!far.takesMore()) {
      near.hold(true);
    }
  }

  void clientTakesMore() {
    far.resume();
  }

  void targetTakesMore() {
    near.hold(false);
  }

  /** The client's connection is no more; what it had said goes to the target first. */
  void clientGone() {
    if (!over) {
      over = true;
      far.closeWhenSent();
    }
  }

  /** The target's connection is no more; what it had said goes to the client first. */
  void targetGone() {
    end(false);
  }

  /** Ends it on both sides at once. */
  void close() {
    end(true);
  }

  private void end(boolean atOnce) {
    if (!over) {
      over = true;
      far.close();
      near.endTunnel(atOnce);
    }
  }
}
