package io.apitwo.rules;

import org.jspecify.annotations.Nullable;

/**
 * A block of addresses, such as {@code 10.0.0.0/8} or {@code 2001:db8::/32}.
 *
 * @param network with all bits after the prefix cleared
 * @param prefix 0 to 32, or 0 to 128
 */
public record Cidr(IpAddress network, int prefix) {

  /**
   * Reads {@code ADDRESS/PREFIX}, or an address alone as a block of one; null for anything else. A
   * block of IPv4 addresses is written as one: {@code ::ffff:10.0.0.0/104} is refused, since a
   * length that is meant for the other family would say something else.
   */
  public static @Nullable Cidr parse(String text) {
    int slash = text.indexOf('/');
    IpAddress address = IpAddress.parse(slash < 0 ? text : text.substring(0, slash));
    if (address == null) {
      return null;
    }
    if (slash >= 0 && address.isV4() && text.indexOf(':') >= 0) {
      return null;
    }
    int prefix = slash < 0 ? address.bits() : prefix(text.substring(slash + 1));
    if (prefix < 0 || prefix > address.bits()) {
      return null;
    }
    return new Cidr(address.masked(prefix), prefix);
  }

  private static int prefix(String digits) {
    boolean plain =
        !digits.isEmpty()
            && digits.length() <= 3
            && (digits.length() == 1 || digits.charAt(0) != '0')
            && digits.chars().allMatch(c -> c >= '0' && c <= '9');
    return plain ? Integer.parseInt(digits) : -1;
  }

  /** Whether the address is in the block; never for one of the other family. */
  public boolean contains(IpAddress address) {
    return network.sharesPrefix(address, prefix);
  }

  @Override
  public String toString() {
    return network + "/" + prefix;
  }
}
