package io.apitwo.rules;

import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * An IPv4 or IPv6 address by its bytes, so that all spellings of one address are equal. IPv6 forms
 * that carry an IPv4 address (mapped {@code ::ffff:0:0/96}, NAT64 {@code 64:ff9b::/96}) are that
 * IPv4 address: behind them is one IPv4 client, not a network.
 */
public final class IpAddress {
  private static final byte[] MAPPED = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte) 0xff, (byte) 0xff};
  private static final byte[] NAT64 = {0, 0x64, (byte) 0xff, (byte) 0x9b, 0, 0, 0, 0, 0, 0, 0, 0};

  private final byte[] bytes;

  private IpAddress(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * Reads a literal, with or without brackets or a zone; null for anything else. Never looks a name
   * up.
   */
  public static @Nullable IpAddress parse(String text) {
    String literal = text;
    if (literal.startsWith("[") && literal.endsWith("]")) {
      literal = literal.substring(1, literal.length() - 1);
    }
    int zone = literal.indexOf('%');
    if (zone > 0) {
      literal = literal.substring(0, zone);
    }
    byte[] bytes = NetUtil.createByteArrayFromIpAddressString(literal);
    return bytes == null ? null : of(bytes);
  }

  /** From 4 or 16 bytes in network order. */
  public static IpAddress of(byte[] bytes) {
    if (bytes.length == 16 && (startsWith(bytes, MAPPED) || startsWith(bytes, NAT64))) {
      return new IpAddress(Arrays.copyOfRange(bytes, 12, 16));
    }
    if (bytes.length != 4 && bytes.length != 16) {
      throw new IllegalArgumentException(
          "address of " + bytes.length + " bytes (expected: 4 or 16)");
    }
    return new IpAddress(bytes.clone());
  }

  private static boolean startsWith(byte[] bytes, byte[] prefix) {
    return Arrays.equals(bytes, 0, prefix.length, prefix, 0, prefix.length);
  }

  public boolean isV4() {
    return bytes.length == 4;
  }

  /** 32 or 128. */
  int bits() {
    return bytes.length * 8;
  }

  /** The address with all bits after the first {@code prefix} ones cleared. */
  IpAddress masked(int prefix) {
    byte[] masked = bytes.clone();
    for (int bit = prefix; bit < bits(); bit++) {
      masked[bit / 8] &= (byte) ~(0x80 >> (bit % 8));
    }
    return new IpAddress(masked);
  }

  /**
   * What tells clients apart: an IPv4 address as it is, an IPv6 one by its network.
   *
   * @param ipv6Prefix bits of an IPv6 address that count, 32 to 128
   * @return {@code 192.168.65.1}, {@code 2001:db8:1:2::/64}; without a length when all 128 bits
   *     count
   */
  public String client(int ipv6Prefix) {
    if (isV4() || ipv6Prefix == 128) {
      return toString();
    }
    return masked(ipv6Prefix) + "/" + ipv6Prefix;
  }

  /** Canonical: dotted decimal, or RFC 5952. */
  @Override
  public String toString() {
    try {
      return NetUtil.toAddressString(InetAddress.getByAddress(bytes));
    } catch (UnknownHostException e) {
      throw new AssertionError(e); // only for a wrong length, which no constructor lets in
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof IpAddress that && Arrays.equals(bytes, that.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }
}
