package io.apitwo.proxy;

import io.apitwo.identify.Caller;
import io.apitwo.identify.ClientAddress;
import io.apitwo.rules.IpAddress;
import io.apitwo.rules.Rules;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who is at the other end of connections, and who stands behind a trusted proxy; each looked at
 * once and then remembered, as long as the rules are the same.
 *
 * <p>Confined to one event loop.
 */
final class Senders {
  private static final int MOST_CALLERS = 10_000;

  /** The other end of a connection, looked at once for all its requests. */
  record Peer(IpAddress address, Caller caller, boolean trusted) {}

  private final ClientAddress addresses;
  private final Map<SocketAddress, Peer> peers = new IdentityHashMap<>();
  private final Map<IpAddress, Caller> callers = new HashMap<>();

  Senders(ClientAddress addresses) {
    this.addresses = addresses;
  }

  void rulesChanged() {
    callers.clear();
    peers.clear();
  }

  @Nullable Peer peer(SocketAddress remote, Rules current) {
    Peer known = peers.get(remote);
    if (known != null) {
      return known;
    }
    IpAddress address = IpAddress.parse(remote.hostAddress());
    if (address == null) {
      return null;
    }
    if (peers.size() >= MOST_CALLERS) {
      peers.clear();
    }
    Caller caller = Caller.of(address, current.identity().ipv6Prefix(), false);
    Peer peer = new Peer(address, caller, addresses.trusts(address));
    peers.put(remote, peer);
    return peer;
  }

  /** Who sent a request that came through a trusted proxy. */
  Caller caller(IpAddress peer, HttpServerRequest request, Rules current) {
    IpAddress client = addresses.of(peer, request.headers()::getAll);
    if (callers.size() >= MOST_CALLERS) {
      callers.clear();
    }
    return callers.computeIfAbsent(
        client, address -> Caller.of(address, current.identity().ipv6Prefix(), true));
  }
}
