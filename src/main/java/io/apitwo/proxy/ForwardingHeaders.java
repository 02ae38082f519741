package io.apitwo.proxy;

import io.apitwo.rules.IpAddress;
import io.vertx.core.MultiMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an upstream is told about where a request came from. A trusted peer's account is kept and
 * the peer added to it; anyone else's is dropped and begun anew.
 *
 * @param forwardedFor the hops before the gateway, the nearest last
 * @param proto {@code http} or {@code https}
 * @param host as the client asked for it; empty when it did not
 * @param forwarded the same for those who read RFC 7239
 */
record ForwardingHeaders(String forwardedFor, String proto, String host, String forwarded) {

  /**
   * @param from the request's headers; null for a peer that is not trusted
   * @param proto how the peer connected
   * @param authority the host that was asked for, valid or empty
   */
  static ForwardingHeaders of(
      IpAddress peer, @Nullable MultiMap from, String proto, String authority) {
    String forwarded = element(peer, proto, authority);
    if (from == null) {
      return new ForwardingHeaders(peer.toString(), proto, authority, forwarded);
    }
    String theirProto = from.get("x-forwarded-proto");
    String theirHost = from.get("x-forwarded-host");
    boolean keepProto = "http".equals(theirProto) || "https".equals(theirProto);
    return new ForwardingHeaders(
        appended(from.getAll("x-forwarded-for"), peer.toString()),
        keepProto ? theirProto : proto,
        theirHost == null || theirHost.isEmpty() ? authority : theirHost,
        appended(from.getAll("forwarded"), forwarded));
  }

  private static String appended(List<String> lines, String last) {
    return lines.isEmpty() ? last : String.join(", ", lines) + ", " + last;
  }

  private static String element(IpAddress peer, String proto, String authority) {
    String hop = peer.isV4() ? "for=" + peer : "for=\"[" + peer + "]\"";
    return authority.isEmpty()
        ? hop + ";proto=" + proto
        : hop + ";host=\"" + authority + "\";proto=" + proto;
  }

  void addTo(MultiMap headers) {
    headers.set("X-Forwarded-For", forwardedFor);
    headers.set("X-Forwarded-Proto", proto);
    if (!host.isEmpty()) {
      headers.set("X-Forwarded-Host", host);
    }
    headers.set("Forwarded", forwarded);
  }
}
