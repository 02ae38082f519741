package io.apitwo.proxy;

import io.apitwo.identify.RequestHeaders;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What the upstream is told about where a request came from. An untrusted peer's own forwarding
 * headers are dropped and all is said anew; to those of a trusted proxy, the proxy itself is added.
 *
 * @param forwardedFor {@code X-Forwarded-For}
 * @param proto {@code X-Forwarded-Proto}: {@code http} or {@code https}
 * @param host {@code X-Forwarded-Host}; null when the client named no host
 * @param forwarded {@code Forwarded}, RFC 7239
 */
record ForwardingHeaders(
    String forwardedFor, String proto, @Nullable String host, String forwarded) {
  /**
   * The hop that ends here, by text that was checked before.
   *
   * @param client the client's address; the peer's, unless a trusted peer named another
   * @param peer the address at the other end of the connection, canonical
   * @param scheme {@code http} or {@code https}
   * @param authority {@link RequestTarget.Accepted#authority}; may be empty
   */
  record Hop(String client, String peer, String scheme, String authority) {}

  /**
   * Whether a request header is one of those that say where a request came from: {@code
   * X-Forwarded-*}, {@code Forwarded}, {@code X-Real-IP}. All of an untrusted peer are dropped. An
   * underscore counts as a hyphen, since upstreams in the manner of CGI read them alike.
   */
  static boolean isForwarding(CharSequence name) {
    return startsWith(name, "x-forwarded-")
        || isSame(name, "forwarded")
        || isSame(name, "x-real-ip")
        || isSame(name, "x-forwarded");
  }

  private static boolean isSame(CharSequence name, String other) {
    return name.length() == other.length() && startsWith(name, other);
  }

  private static boolean startsWith(CharSequence name, String prefix) {
    if (name.length() < prefix.length()) {
      return false;
    }
    for (int i = 0; i < prefix.length(); i++) {
      char c = name.charAt(i);
      char lower = c >= 'A' && c <= 'Z' ? (char) (c + 'a' - 'A') : c == '_' ? '-' : c;
      if (lower != prefix.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** For a peer that is not trusted. */
  static ForwardingHeaders fresh(Hop hop) {
    String host = hop.authority().isEmpty() ? null : hop.authority();
    return new ForwardingHeaders(hop.peer(), hop.scheme(), host, element(hop));
  }

  /**
   * For a trusted peer. Of {@code X-Forwarded-For} and {@code Forwarded}, the one that it did not
   * send starts with the client that the other one named: else it would say that the proxy is the
   * client. {@code X-Forwarded-Proto} and {@code -Host} are kept when they are one valid value.
   */
  static ForwardingHeaders appended(Hop hop, RequestHeaders inbound) {
    boolean named = !hop.client().equals(hop.peer());
    String before = joined(inbound.values("x-forwarded-for"), named ? hop.client() : "");
    String elements = joined(inbound.values("forwarded"), named ? "for=" + node(hop.client()) : "");
    return new ForwardingHeaders(
        before.isEmpty() ? hop.peer() : before + ", " + hop.peer(),
        proto(inbound.values("x-forwarded-proto"), hop.scheme()),
        host(inbound.values("x-forwarded-host"), hop.authority()),
        elements.isEmpty() ? element(hop) : elements + ", " + element(hop));
  }

  private static String joined(List<String> lines, String otherwise) {
    String joined = lines.size() == 1 ? lines.get(0) : String.join(", ", lines);
    return joined.isBlank() ? otherwise : joined;
  }

  private static String proto(List<String> values, String otherwise) {
    String value = values.size() == 1 ? values.get(0).toLowerCase(Locale.ROOT) : "";
    return value.equals("http") || value.equals("https") ? value : otherwise;
  }

  private static @Nullable String host(List<String> values, String otherwise) {
    if (values.size() == 1 && Authority.parse(values.get(0)) != null) {
      return values.get(0);
    }
    return otherwise.isEmpty() ? null : otherwise;
  }

  /** {@code for="[2001:db8::1]";host="example.com:8080";proto=https}. */
  private static String element(Hop hop) {
    String host = hop.authority();
    String node = node(hop.peer());
    if (host.isEmpty()) {
      return "for=" + node + ";proto=" + hop.scheme();
    }
    // A colon is no token character, and neither quotes nor backslashes get into an authority.
    String value = host.indexOf(':') < 0 ? host : '"' + host + '"';
    return "for=" + node + ";host=" + value + ";proto=" + hop.scheme();
  }

  private static String node(String address) {
    return address.indexOf(':') < 0 ? address : "\"[" + address + "]\"";
  }
}
