package io.apitwo.proxy;

import io.apitwo.identify.Caller;
import io.apitwo.identify.ClientAddress;
import io.apitwo.rules.IpAddress;
import io.apitwo.rules.Rules;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.util.HashMap;
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

  /**
   * The other end of a connection, looked at once for all its requests.
   *
   * @param ipv6Prefix how much of an address made the caller
   */
  record Peer(IpAddress address, Caller caller, boolean trusted, int ipv6Prefix) {}

  private final ClientAddress addresses;
  private final Map<IpAddress, Caller> callers = new HashMap<>();

  Senders(ClientAddress addresses) {
    this.addresses = addresses;
  }

  void rulesChanged() {
    callers.clear();
  }

  /** The other end of a connection; null when its address is none. */
  @Nullable Peer peer(ClientConnection connection, SocketAddress remote, Rules current) {
    int ipv6Prefix = current.identity().ipv6Prefix();
    Peer known = connection.peer;
    if (known != null && known.ipv6Prefix == ipv6Prefix) {
      return known;
    }
    IpAddress address = IpAddress.parse(remote.hostAddress());
    if (address == null) {
      return null;
    }
    Caller caller = Caller.of(address, ipv6Prefix, false);
    Peer peer = new Peer(address, caller, addresses.trusts(address), ipv6Prefix);
    connection.peer = peer;
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
