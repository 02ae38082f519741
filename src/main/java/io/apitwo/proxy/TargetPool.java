package io.apitwo.proxy;

import io.apitwo.rules.Upstream;
import io.vertx.core.http.HttpClient;
import io.vertx.core.net.ConnectOptions;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetSocket;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One event loop's way to one target: as many places as there may be connections in use, a queue
 * before them, and the idle connections of our own. Whatever carries a call has a place from when
 * it sets out to connect until its connection is free again or gone; one that is given up while it
 * connects, until that is decided. So what is under way to a target is bounded, whichever way it
 * takes; the library's client may keep idle connections beside.
 *
 * <p>Confined to one event loop.
 */
final class TargetPool {
  private final Upstream.Target target;
  private final ConnectOptions options;
  private final NetClient connector;
  private final HttpClient client;
  private final ArrayDeque<TargetConnection> idle = new ArrayDeque<>();
  private final ArrayDeque<UpstreamCall> queue = new ArrayDeque<>();
  private int taken;
  private int tunnels;
  private boolean admitting;

  TargetPool(Upstream.Target target, NetClient connector, HttpClient client) {
    this.target = target;
    this.options =
        new ConnectOptions().setHost(target.host()).setPort(target.port()).setSsl(target.tls());
    this.connector = connector;
    this.client = client;
  }

  Upstream.Target target() {
    return target;
  }

  /** Starts a call's attempt, at once or when others have left. Tells it when too many wait. */
  void enter(UpstreamCall call) {
    if (call.head().asksForWebSocket() && tunnels >= ListenerOptions.TUNNELS_A_TARGET) {
      call.busy();
    } else if (taken < ListenerOptions.CONNECTIONS_A_TARGET && queue.isEmpty()) {
      taken++;
      admit(call);
    } else if (queue.size() < ListenerOptions.MOST_WAITING) {
      queue.add(call);
    } else {
      call.busy();
    }
  }

  /** A call that may still be in the queue is over. */
  void forget(UpstreamCall call) {
    queue.remove(call);
  }

  /** Gives a place back. */
  void leave() {
    taken--;
    if (admitting) {
      return; // the loop below is at it: with each place given back it would go deeper
    }
    admitting = true;
    try {
      while (taken < ListenerOptions.CONNECTIONS_A_TARGET && !queue.isEmpty()) {
        taken++;
        admit(queue.remove());
      }
    } finally {
      admitting = false;
    }
  }

  private void admit(UpstreamCall call) {
    if (call.head().hasBody()) {
      ClientCarrier carrier = new ClientCarrier(call, this);
      call.carriedBy(carrier);
      carrier.start(client);
      return;
    }
    TargetConnection kept = call.isRepeated() ? null : kept();
    if (kept != null) {
      kept.carry(call);
      return;
    }
    connector
        .connect(options)
        .onComplete(
            socket -> connected(socket, call),
            cause -> {
              leave();
              call.notConnected(cause);
            });
  }

  private void connected(NetSocket socket, UpstreamCall call) {
    TargetConnection connection = TargetConnection.over(socket, this);
    if (call.isDone()) {
      keep(connection);
    } else {
      connection.carry(call);
    }
  }

  /** The one that was used last: the others may go idle for long enough to be closed. */
  private @Nullable TargetConnection kept() {
    long now = System.nanoTime();
    TargetConnection kept = idle.pollLast();
    while (kept != null && !kept.isUsable(now)) {
      kept.close();
      kept = idle.pollLast();
    }
    return kept;
  }

  /** Takes a connection back that is ready for another call, and gives its place back. */
  void keep(TargetConnection connection) {
    connection.idles();
    idle.addLast(connection);
    leave();
  }

  /** A connection has become a tunnel, which needs no place: it may last for days. */
  void tunnelOpened() {
    tunnels++;
    leave();
  }

  /** A tunnel has ended. */
  void tunnelEnded() {
    tunnels--;
  }

  /** An idle connection has ended. */
  void lost(TargetConnection connection) {
    idle.remove(connection);
  }

  /** Closes the connections that have been idle for too long at this instant of the nano clock. */
  void sweep(long nowNanos) {
    List<TargetConnection> old = new ArrayList<>(0);
    for (TargetConnection connection : idle) {
      if (!connection.isUsable(nowNanos)) {
        old.add(connection);
      }
    }
    old.forEach(TargetConnection::close);
  }

  /** Whether nothing would be lost with it. */
  boolean isUnused() {
    return taken == 0 && tunnels == 0 && idle.isEmpty() && queue.isEmpty();
  }

  /** Closes the idle connections. */
  void close() {
    List.copyOf(idle).forEach(TargetConnection::close);
  }
}
