package io.apitwo.identify;

import io.apitwo.rules.Cidr;
import io.apitwo.rules.IpAddress;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Finds the address of the client behind trusted proxies. A peer that is not trusted is the client,
 * whatever its headers say. Behind a trusted one the hops are walked from the nearest to the
 * farthest, and the first that is not trusted is the client: what stands left of it was written by
 * strangers. For example, with {@code 10.0.0.0/8} trusted and the peer 10.0.0.1, {@code
 * X-Forwarded-For: 6.6.6.6, 203.0.113.9, 10.0.0.2} means 203.0.113.9.
 *
 * <p>{@code X-Forwarded-For} decides when it is there, else {@code Forwarded} (RFC 7239). So a
 * trusted proxy has to write or to drop the former. Immutable; any thread.
 */
public final class ClientAddress {
  /** Hops that are looked at; chains of real proxies have a handful. */
  static final int MAX_HOPS = 64;

  private static final String FORWARDED_FOR = "x-forwarded-for";
  private static final String FORWARDED = "forwarded";

  private final Cidr[] trusted;

  public ClientAddress(List<Cidr> trustedProxies) {
    trusted = trustedProxies.toArray(Cidr[]::new);
  }

  /** Whether the forwarding headers of that peer count. */
  public boolean trusts(IpAddress peer) {
    for (Cidr block : trusted) {
      if (block.contains(peer)) {
        return true;
      }
    }
    return false;
  }

  /**
   * The client of a request that came from that peer. An entry that is no address ends the walk at
   * the hop before it, which is a trusted one.
   */
  public IpAddress of(IpAddress peer, RequestHeaders headers) {
    if (!trusts(peer)) {
      return peer;
    }
    List<String> forwardedFor = headers.values(FORWARDED_FOR);
    if (!forwardedFor.isEmpty()) {
      return walk(peer, forwardedFor, ForwardedNode::address);
    }
    return walk(peer, headers.values(FORWARDED), ForwardedNode::addressOfElement);
  }

  private IpAddress walk(
      IpAddress peer, List<String> lines, Function<String, @Nullable IpAddress> hop) {
    IpAddress nearest = peer;
    int left = MAX_HOPS;
    for (int line = lines.size() - 1; line >= 0; line--) {
      String entries = lines.get(line);
      int end = entries.length();
      // A comma inside a quoted string splits it into two halves that are both malformed.
      while (end >= 0 && left-- > 0) {
        int comma = entries.lastIndexOf(',', end - 1);
        String entry = entries.substring(comma + 1, end).strip();
        end = comma;
        if (entry.isEmpty()) {
          continue; // RFC 9110 section 5.6.1.2: empty list elements are ignored
        }
        IpAddress address = hop.apply(entry);
        if (address == null) {
          return nearest;
        }
        nearest = address;
        if (!trusts(address)) {
          return address;
        }
      }
    }
    return nearest;
  }
}
