package io.apitwo.proxy;

import io.apitwo.rules.IpAddress;

/**
 * Who sent a request, as far as addresses tell.
 *
 * @param address the client's address, trusted proxies followed
 * @param text the address in full
 * @param client the address as a client key: IPv6 by its prefix
 */
record Caller(IpAddress address, String text, String client) {
  static Caller of(IpAddress address, int ipv6Prefix) {
    return new Caller(address, address.toString(), address.client(ipv6Prefix));
  }
}
