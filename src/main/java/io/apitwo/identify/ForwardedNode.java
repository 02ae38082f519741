package io.apitwo.identify;

import io.apitwo.rules.IpAddress;
import org.jspecify.annotations.Nullable;

/** Reads one hop out of {@code X-Forwarded-For} or {@code Forwarded}. */
final class ForwardedNode {
  private static final int MAX_PORT_DIGITS = 5;
  private static final String TOKEN_MARKS = "!#$%&'*+-.^_`|~";

  private final String element;
  private int position;
  private @Nullable String node;

  private ForwardedNode(String element) {
    this.element = element;
  }

  /**
   * The address of a node: {@code 192.0.2.1}, {@code 192.0.2.1:567}, {@code 2001:db8::1}, {@code
   * [2001:db8::1]} or {@code [2001:db8::1]:99}. Null for anything else, {@code unknown} and
   * obfuscated names among it.
   */
  static @Nullable IpAddress address(String node) {
    if (node.startsWith("[")) {
      int close = node.indexOf(']');
      boolean plain = close == node.length() - 1 || isPort(node, close + 1);
      return close > 0 && plain ? IpAddress.parse(node.substring(0, close + 1)) : null;
    }
    int colon = node.indexOf(':');
    if (colon < 0 || node.indexOf(':', colon + 1) >= 0) {
      return IpAddress.parse(node);
    }
    return isPort(node, colon) ? IpAddress.parse(node.substring(0, colon)) : null;
  }

  private static boolean isPort(String node, int colon) {
    int digits = node.length() - colon - 1;
    if (digits < 1 || node.charAt(colon) != ':') {
      return false;
    }
    if (node.charAt(colon + 1) == '_') {
      return true; // RFC 7239 section 6.3: an obfuscated port
    }
    for (int i = colon + 1; i < node.length(); i++) {
      if (node.charAt(i) < '0' || node.charAt(i) > '9') {
        return false;
      }
    }
    return digits <= MAX_PORT_DIGITS;
  }

  /**
   * The address of the {@code for} parameter of an element such as {@code
   * for="[2001:db8::1]:99";proto=https}; null when it has none or two, or is malformed anywhere.
   * Spaces around semicolons and unquoted colons and brackets are common, hence allowed.
   */
  static @Nullable IpAddress addressOfElement(String element) {
    ForwardedNode reader = new ForwardedNode(element);
    return reader.readPairs() && reader.node != null ? address(reader.node) : null;
  }

  private boolean readPairs() {
    while (position < element.length()) {
      skipSpaces();
      if (position < element.length() && element.charAt(position) != ';' && !readPair()) {
        return false;
      }
      skipSpaces();
      if (position < element.length() && element.charAt(position++) != ';') {
        return false;
      }
    }
    return true;
  }

  private boolean readPair() {
    String name = readWord("");
    if (name.isEmpty() || position == element.length() || element.charAt(position++) != '=') {
      return false;
    }
    boolean quoted = position < element.length() && element.charAt(position) == '"';
    String value = quoted ? readQuoted() : readWord(":[]");
    if (value == null || (value.isEmpty() && !quoted)) {
      return false;
    }
    if (name.equalsIgnoreCase("for")) {
      boolean first = node == null;
      node = value;
      return first;
    }
    return true;
  }

  private String readWord(String moreMarks) {
    int start = position;
    while (position < element.length()) {
      char c = element.charAt(position);
      boolean plain = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
      if (!plain && TOKEN_MARKS.indexOf(c) < 0 && moreMarks.indexOf(c) < 0) {
        break;
      }
      position++;
    }
    return element.substring(start, position);
  }

  /** The content of the quoted string that starts here; null when it does not end. */
  private @Nullable String readQuoted() {
    StringBuilder content = new StringBuilder();
    for (position++; position < element.length(); position++) {
      char c = element.charAt(position);
      if (c == '"') {
        position++;
        return content.toString();
      }
      if (c == '\\' && ++position == element.length()) {
        return null;
      }
      content.append(element.charAt(position));
    }
    return null;
  }

  private void skipSpaces() {
    while (position < element.length()
        && (element.charAt(position) == ' ' || element.charAt(position) == '\t')) {
      position++;
    }
  }
}
