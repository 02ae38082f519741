package io.apitwo.identify;

import io.apitwo.rules.IpAddress;

/**
 * Who sent a request, as far as addresses tell.
 *
 * @param address the client's, trusted proxies followed
 * @param text the address in full
 * @param client the address as a client key: IPv6 by its prefix
 * @param vouched whether a trusted proxy brought the request, whose headers count
 */
public record Caller(IpAddress address, String text, String client, boolean vouched) {
  public static Caller of(IpAddress address, int ipv6Prefix, boolean vouched) {
    return new Caller(address, address.toString(), address.client(ipv6Prefix), vouched);
  }
}
