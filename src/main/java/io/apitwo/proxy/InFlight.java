package io.apitwo.proxy;

import io.apitwo.rules.Upstream;
import io.vertx.core.http.HttpConnection;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The connections and exchanges that one event loop is busy with. Now and then it looks for those
 * whose upstream or client has been silent for too long: one timer for the loop instead of one for
 * each of them.
 *
 * <p>Confined to one event loop.
 */
final class InFlight {
  /** Connections are many, and their bounds are seconds. */
  private static final long CONNECTION_SWEEP_NANOS = 500_000_000L;

  private final long idleNanos;
  private final int connectionsATarget;
  private final Map<HttpConnection, ClientConnection> connections = new IdentityHashMap<>();
  private final Set<Exchange> exchanges = Collections.newSetFromMap(new IdentityHashMap<>());
  private long connectionsSweptNanos = System.nanoTime();

  /**
   * @param idleNanos how long a client's connection may stay without use
   * @param connectionsATarget how many calls to one target can be under way at once
   */
  InFlight(long idleNanos, int connectionsATarget) {
    this.idleNanos = idleNanos;
    this.connectionsATarget = connectionsATarget;
  }

  void connected(HttpConnection connection) {
    connections.put(connection, ClientConnection.of(connection, idleNanos));
  }

  /** Whether it is one of them: none that came behind a connection's last is. */
  boolean began(Exchange exchange) {
    ClientConnection client =
        Objects.requireNonNull(connections.get(exchange.request.connection()));
    if (client.isClosing()) {
      return false;
    }
    exchange.client = client;
    client.began(exchange);
    exchanges.add(exchange);
    return true;
  }

  /** Whether it was still one of them. */
  boolean ended(Exchange exchange) {
    boolean was = exchanges.remove(exchange);
    if (was) {
      exchange.client().ended(exchange);
    }
    return was;
  }

  /** Ends all tunnels, which would hold the listener for as long as their clients like. */
  void closeTunnels() {
    List<Tunnel> open = new ArrayList<>();
    exchanges.forEach(
        exchange -> {
          if (exchange.tunnel != null) {
            open.add(exchange.tunnel);
          }
        });
    open.forEach(Tunnel::close);
  }

  /** Asks the clients of all connections to go elsewhere. */
  void goAway(long nowNanos) {
    connections.values().forEach(connection -> connection.goAway(nowNanos));
  }

  /** Breaks off every call and connection that is overdue at this instant of the nano clock. */
  void sweep(long nowNanos) {
    List<UpstreamCall> overdue = new ArrayList<>(0);
    Map<Upstream.Target, Integer> busy = null;
    for (Exchange exchange : exchanges) {
      UpstreamCall call = exchange.call;
      boolean clients = call == null ? exchange.body.isPeeking() : call.isClientsTurn();
      clients |= exchange.tunnel != null;
      if (!clients) {
        exchange.client().moved();
      }
      if (call != null && call.isConnecting()) {
        busy = busy == null ? busyTargets() : busy;
        call.connectingWhile(busy.getOrDefault(call.target(), 0) >= connectionsATarget, nowNanos);
      }
      if (call != null && call.isOverdue(nowNanos)) {
        overdue.add(call);
      }
    }
    overdue.forEach(UpstreamCall::timeOut);
    if (nowNanos - connectionsSweptNanos > CONNECTION_SWEEP_NANOS) {
      connectionsSweptNanos = nowNanos;
      connections.values().removeIf(connection -> connection.isGone(nowNanos));
    }
  }

  /** How many connections to each target are in use. */
  private Map<Upstream.Target, Integer> busyTargets() {
    Map<Upstream.Target, Integer> busy = new HashMap<>();
    for (Exchange exchange : exchanges) {
      Upstream.Target target = exchange.call == null ? null : exchange.call.connectedTo();
      if (target != null) {
        busy.merge(target, 1, Integer::sum);
      }
    }
    return busy;
  }
}
