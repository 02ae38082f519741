package io.apitwo.identify;

import io.apitwo.rules.Cidr;
import io.apitwo.rules.IpAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Finds the client's address behind trusted proxies. Forwarding headers count only when the peer is
 * trusted; then they are read from the right, where our own proxies wrote, and the first address
 * that is not trusted is the client. An entry that is no address ends the walk: what lies left of
 * it is hearsay.
 */
public final class ClientAddress {
  private static final int MOST_ENTRIES = 64;

  private final List<Cidr> trusted;

  public ClientAddress(List<Cidr> trusted) {
    this.trusted = List.copyOf(trusted);
  }

  /** Whether a peer's forwarding headers are believed. */
  public boolean trusts(IpAddress peer) {
    for (Cidr block : trusted) {
      if (block.contains(peer)) {
        return true;
      }
    }
    return false;
  }

  /**
   * The client of a request.
   *
   * @param forwardedFor the values of {@code X-Forwarded-For}, in order
   * @param forwarded the values of {@code Forwarded}, which count where the other is absent
   */
  public IpAddress of(IpAddress peer, List<String> forwardedFor, List<String> forwarded) {
    if (!trusts(peer)) {
      return peer;
    }
    List<String> hops = forwardedFor.isEmpty() ? forParameters(forwarded) : entries(forwardedFor);
    IpAddress client = peer;
    for (int i = hops.size() - 1; i >= 0 && i >= hops.size() - MOST_ENTRIES; i--) {
      IpAddress hop = address(hops.get(i));
      if (hop == null) {
        return client;
      }
      client = hop;
      if (!trusts(hop)) {
        return client;
      }
    }
    return client;
  }

  private static List<String> entries(List<String> lines) {
    List<String> entries = new ArrayList<>();
    for (String line : lines) {
      for (String entry : line.split(",", -1)) {
        entries.add(entry.strip());
      }
    }
    return entries;
  }

  /**
   * The {@code for} parameter of each element of RFC 7239's list, empty where an element has none.
   */
  private static List<String> forParameters(List<String> lines) {
    List<String> hops = new ArrayList<>();
    for (String element : entries(lines)) {
      String hop = "";
      for (String pair : element.split(";")) {
        String stripped = pair.strip();
        if (stripped.toLowerCase(Locale.ROOT).startsWith("for=")) {
          hop = stripped.substring("for=".length()).replace("\"", "");
        }
      }
      hops.add(hop);
    }
    return hops;
  }

  /** An address, with or without a port; null for anything else. */
  private static @Nullable IpAddress address(String entry) {
    String literal = entry;
    int bracket = entry.indexOf(']');
    int colon = entry.indexOf(':');
    if (entry.startsWith("[") && bracket > 0) {
      literal = isPort(entry.substring(bracket + 1)) ? entry.substring(1, bracket) : "";
    } else if (colon > 0 && colon == entry.lastIndexOf(':')) {
      literal = isPort(entry.substring(colon)) ? entry.substring(0, colon) : "";
    }
    return literal.isEmpty() ? null : IpAddress.parse(literal);
  }

  private static boolean isPort(String suffix) {
    return suffix.isEmpty() || suffix.matches(":\\d{1,5}");
  }
}
