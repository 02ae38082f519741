package io.apitwo.rules;

import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What hosts to listen on have to do with each other, as far as their texts tell. */
final class ListenAddress {
  private static final List<Cidr> LOOPBACK =
      Stream.of("127.0.0.0/8", "::1").map(Cidr::parse).toList();
  private static final List<Cidr> ALL = Stream.of("0.0.0.0", "::").map(Cidr::parse).toList();

  private ListenAddress() {}

  static boolean isLoopback(String host) {
    IpAddress address = IpAddress.parse(host);
    return address == null ? host.equalsIgnoreCase("localhost") : isIn(LOOPBACK, address);
  }

  /**
   * Whether one port may not serve both: they are the same, or one takes all addresses, or is a
   * name that may stand for the other.
   */
  static boolean overlap(String one, String other) {
    IpAddress first = IpAddress.parse(one);
    IpAddress second = IpAddress.parse(other);
    if (isAll(first) || isAll(second)) {
      return true;
    }
    if (one.equalsIgnoreCase("localhost") || other.equalsIgnoreCase("localhost")) {
      return isLoopback(one) == isLoopback(other);
    }
    return first == null || second == null || first.equals(second);
  }

  /** Whether it stands for all addresses of the machine. */
  static boolean isAll(String host) {
    return isAll(IpAddress.parse(host));
  }

  private static boolean isAll(@Nullable IpAddress address) {
    return address != null && isIn(ALL, address);
  }

  private static boolean isIn(List<Cidr> blocks, IpAddress address) {
    return blocks.stream().anyMatch(block -> block.contains(address));
  }
}
