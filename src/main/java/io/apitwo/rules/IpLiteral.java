package io.apitwo.rules;

import org.jspecify.annotations.Nullable;

/**
 * The text forms of addresses. Reading is strict: IPv4 is four decimal numbers without leading
 * zeros ({@code 010.0.0.1} is 8.0.0.1 to some and 10.0.0.1 to others, so it is nothing here); IPv6
 * is what RFC 4291 section 2.2 allows. Writing is dotted decimal or RFC 5952.
 */
final class IpLiteral {
  private final String text;
  private final byte[] bytes = new byte[16];
  private int position;
  private int filled;
  private int gap = -1;

  private IpLiteral(String text) {
    this.text = text;
  }

  /** Four bytes, or null. */
  static byte @Nullable [] v4(String text) {
    byte[] bytes = new byte[4];
    return readV4(text, 0, bytes, 0) ? bytes : null;
  }

  /** Sixteen bytes, or null. Without brackets and zone. */
  static byte @Nullable [] v6(String text) {
    IpLiteral literal = new IpLiteral(text);
    return literal.readGroups() ? literal.widened() : null;
  }

  private static boolean readV4(String text, int from, byte[] into, int at) {
    int position = from;
    for (int octet = 0; octet < 4; octet++) {
      int start = position;
      int value = 0;
      while (position < text.length() && isDigit(text.charAt(position)) && position - start < 3) {
        value = value * 10 + text.charAt(position++) - '0';
      }
      int digits = position - start;
      if (digits == 0 || value > 255 || (digits > 1 && text.charAt(start) == '0')) {
        return false;
      }
      into[at + octet] = (byte) value;
      if (octet < 3 && (position == text.length() || text.charAt(position++) != '.')) {
        return false;
      }
    }
    return position == text.length();
  }

  private boolean readGroups() {
    if (text.startsWith("::")) {
      gap = 0;
      position = 2;
    }
    while (position < text.length()) {
      if (!readGroup()) {
        return false;
      }
      if (position == text.length()) {
        return true;
      }
      if (text.charAt(position++) != ':' || position == text.length()) {
        return false;
      }
      if (text.charAt(position) == ':') {
        if (gap >= 0) {
          return false;
        }
        gap = filled;
        position++;
      }
    }
    return true;
  }

  /** One group of up to four hex digits, or the dotted IPv4 address that ends the text. */
  private boolean readGroup() {
    int start = position;
    int value = 0;
    while (position < text.length() && isHex(text.charAt(position)) && position - start < 4) {
      value = value << 4 | Character.digit(text.charAt(position++), 16);
    }
    if (position < text.length() && text.charAt(position) == '.') {
      position = text.length();
      filled += 4;
      return filled <= 16 && readV4(text, start, bytes, filled - 4);
    }
    if (position == start || filled == 16) {
      return false;
    }
    bytes[filled++] = (byte) (value >> 8);
    bytes[filled++] = (byte) value;
    return true;
  }

  /** With zeros where the text has {@code ::}, which stands for one group at least. */
  private byte @Nullable [] widened() {
    if (gap < 0) {
      return filled == 16 ? bytes : null;
    }
    if (filled == 16) {
      return null;
    }
    byte[] wide = new byte[16];
    System.arraycopy(bytes, 0, wide, 0, gap);
    System.arraycopy(bytes, gap, wide, 16 - (filled - gap), filled - gap);
    return wide;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isHex(char c) {
    return c < 0x80 && Character.digit(c, 16) >= 0;
  }

  /** The canonical text of 4 or 16 bytes. */
  static String text(byte[] bytes) {
    if (bytes.length == 16) {
      return textV6(bytes);
    }
    StringBuilder out = new StringBuilder(15);
    for (int i = 0; i < 4; i++) {
      out.append(i == 0 ? "" : ".").append(bytes[i] & 0xff);
    }
    return out.toString();
  }

  private static String textV6(byte[] bytes) {
    int start = -1;
    int longest = 1; // a lone zero group is written out
    for (int group = 0; group < 8; group++) {
      int end = group;
      while (end < 8 && group(bytes, end) == 0) {
        end++;
      }
      if (end - group > longest) {
        start = group;
        longest = end - group;
      }
      group = Math.max(group, end);
    }
    StringBuilder out = new StringBuilder(39);
    for (int group = 0; group < 8; group++) {
      if (group == start) {
        out.append("::");
        group += longest - 1;
      } else {
        boolean first = group == 0 || group == start + longest && start >= 0;
        out.append(first ? "" : ":").append(Integer.toHexString(group(bytes, group)));
      }
    }
    return out.toString();
  }

  private static int group(byte[] bytes, int group) {
    return (bytes[2 * group] & 0xff) << 8 | bytes[2 * group + 1] & 0xff;
  }
}
