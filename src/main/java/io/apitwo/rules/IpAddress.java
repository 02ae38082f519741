package io.apitwo.rules;

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

  /** Longer than any interface name of the systems that Java runs on. */
  private static final int LONGEST_ZONE = 32;

  private final byte[] bytes;

  private IpAddress(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * Reads a literal; null for anything else, ambiguous forms among it. Never looks a name up. An
   * IPv6 one may stand in brackets and carry a zone ({@code fe80::1%eth0}), which is dropped: it
   * names an interface of the host that wrote it.
   */
  public static @Nullable IpAddress parse(String text) {
    String literal = text;
    boolean bracketed = literal.startsWith("[") && literal.endsWith("]");
    if (bracketed) {
      literal = literal.substring(1, literal.length() - 1);
    }
    byte[] bytes;
    if (literal.indexOf(':') < 0) {
      bytes = bracketed ? null : IpLiteral.v4(literal);
    } else {
      int zone = literal.indexOf('%');
      boolean named = zone >= 0 && isZone(literal, zone + 1);
      bytes =
          zone >= 0 && !named ? null : IpLiteral.v6(named ? literal.substring(0, zone) : literal);
    }
    return bytes == null ? null : of(bytes);
  }

  private static boolean isZone(String text, int from) {
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= 0x7f || !(Character.isLetterOrDigit(c) || c == '.' || c == '-' || c == '_')) {
        return false;
      }
    }
    return from < text.length() && text.length() - from <= LONGEST_ZONE;
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
    int whole = prefix / 8;
    if (whole < masked.length) {
      masked[whole] &= highBits(prefix % 8);
      Arrays.fill(masked, whole + 1, masked.length, (byte) 0);
    }
    return new IpAddress(masked);
  }

  /** Whether the first {@code prefix} bits are those of an address of the same family. */
  boolean sharesPrefix(IpAddress other, int prefix) {
    int whole = prefix / 8;
    return bytes.length == other.bytes.length
        && Arrays.equals(bytes, 0, whole, other.bytes, 0, whole)
        && (whole == bytes.length
            || ((bytes[whole] ^ other.bytes[whole]) & highBits(prefix % 8)) == 0);
  }

  private static byte highBits(int count) {
    return (byte) (0xff00 >> count);
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
    return IpLiteral.text(bytes);
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
