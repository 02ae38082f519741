package io.apitwo.proxy;

import io.apitwo.rules.IpAddress;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Which host a request is for. Stricter than RFC 3986: a host is made of letters, digits, dots,
 * hyphens and underscores, or is an IPv6 literal; a port is 1 to 65535.
 *
 * @param text as the client wrote it
 * @param host in lower case, without port and final dot; an IPv6 literal is canonical and in
 *     brackets
 */
record Authority(String text, String host) {
  /** Of an HTTP/1.0 request without a Host header. */
  static final Authority NONE = new Authority("", "");

  private static final int LONGEST_HOST = 253;
  private static final int MAX_PORT = 65535;

  /** From the Host headers of a request: exactly one, which only HTTP/1.0 may lack. */
  static Authority ofHosts(@Nullable List<String> hosts, boolean isHttp10)
      throws BadTargetException {
    if (hosts == null || hosts.isEmpty()) {
      if (isHttp10) {
        return NONE;
      }
      throw new BadTargetException("host: missing");
    }
    if (hosts.size() > 1) {
      throw new BadTargetException("host: more than one");
    }
    return valid(hosts.get(0));
  }

  static Authority valid(String text) throws BadTargetException {
    Authority authority = parse(text);
    if (authority == null) {
      throw new BadTargetException("host: malformed");
    }
    return authority;
  }

  /** Null for anything that is not {@code HOST} or {@code HOST:PORT}. */
  static @Nullable Authority parse(String text) {
    boolean literal = text.startsWith("[");
    int end = literal ? text.indexOf(']') + 1 : text.indexOf(':');
    if (literal && end == 0) {
      return null;
    }
    if (end < 0) {
      end = text.length();
    }
    if (end < text.length() && !isPort(text, end)) {
      return null;
    }
    String name = text.substring(0, end);
    String host = literal ? address(name) : name(name);
    return host == null ? null : new Authority(text, host);
  }

  private static boolean isPort(String text, int colon) {
    int port = 0;
    for (int i = colon + 1; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < '0' || c > '9') {
        return false;
      }
      port = Math.min(port * 10 + c - '0', MAX_PORT + 1);
    }
    return text.charAt(colon) == ':' && port >= 1 && port <= MAX_PORT;
  }

  private static @Nullable String address(String literal) {
    if (literal.indexOf('%') >= 0) {
      return null;
    }
    IpAddress address = IpAddress.parse(literal);
    if (address == null) {
      return null;
    }
    return address.isV4() ? literal.toLowerCase(Locale.ROOT) : "[" + address + "]";
  }

  /** {@code example.com.} is {@code example.com}, so that a final dot evades no route. */
  private static @Nullable String name(String name) {
    int length = name.endsWith(".") ? name.length() - 1 : name.length();
    if (length == 0 || length > LONGEST_HOST) {
      return null;
    }
    char before = '.';
    for (int i = 0; i < length; i++) {
      char c = name.charAt(i);
      boolean letter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
      boolean mark = c == '-' || c == '_' || c == '.' && before != '.';
      if (!letter && !mark) {
        return null;
      }
      before = c;
    }
    return before == '.' ? null : name.substring(0, length).toLowerCase(Locale.ROOT);
  }
}
