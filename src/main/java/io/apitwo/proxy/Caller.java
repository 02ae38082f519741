package io.apitwo.proxy;

import io.apitwo.rules.IpAddress;

/**
 * Who sent a request, as far as addresses tell.
 *
 * @param text the client's address in full, trusted proxies followed
 * @param client the address as a client key: IPv6 by its prefix
 */
record Caller(String text, String client) {
  static Caller of(IpAddress address, int ipv6Prefix) {
    return new Caller(address.toString(), address.client(ipv6Prefix));
  }
}
