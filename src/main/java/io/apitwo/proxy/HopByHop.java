package io.apitwo.proxy;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import io.vertx.core.MultiMap;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/**
 * Copies end-to-end headers from one message to the next and leaves those behind that belong to one
 * connection: the fixed ones of RFC 9110, 7.6.1, and whatever {@code Connection} names. Callers set
 * their own headers after the copy, so that no nomination can remove them.
 */
final class HopByHop {
  /** The fixed names, by their length: most headers differ in it, and no text need be made. */
  private static final String[][] FIXED =
      byLength(
          "connection",
          "keep-alive",
          "proxy-connection",
          "proxy-authenticate",
          "proxy-authorization",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade",
          "http2-settings");

  private HopByHop() {}

  private static String[][] byLength(String... names) {
    String[][] table = new String[20][];
    for (int length = 0; length < table.length; length++) {
      int wanted = length;
      table[length] =
          Arrays.stream(names).filter(name -> name.length() == wanted).toArray(String[]::new);
    }
    return table;
  }

  private static boolean isFixed(CharSequence name) {
    if (name.length() >= FIXED.length) {
      return false;
    }
    for (String fixed : FIXED[name.length()]) {
      if (AsciiString.contentEqualsIgnoreCase(fixed, name)) {
        return true;
      }
    }
    return false;
  }

  /**
   * @param from a received message's headers
   * @param to where they go
   */
  static void copy(MultiMap from, MultiMap to) {
    forEach(from, name -> false, to::add);
  }

  /**
   * @param from a received message's headers
   * @param without whether a further name, in any case, is left out
   * @param to takes name and value of each one that goes on, in their order
   */
  static void forEach(
      MultiMap from, Predicate<CharSequence> without, BiConsumer<CharSequence, CharSequence> to) {
    Set<String> nominated = nominated(from);
    BiConsumer<CharSequence, CharSequence> filter =
        (name, value) -> {
          boolean staysBehind =
              isFixed(name)
                  || (!nominated.isEmpty()
                      && nominated.contains(name.toString().toLowerCase(Locale.ROOT)))
                  || without.test(name);
          if (!staysBehind) {
            to.accept(name, value);
          }
        };
    if (from instanceof HttpHeaders decoded) { // HTTP/1's: no text need be made of its names
      decoded.iteratorCharSequence().forEachRemaining(e -> filter.accept(e.getKey(), e.getValue()));
    } else {
      for (Map.Entry<String, String> header : from) {
        filter.accept(header.getKey(), header.getValue());
      }
    }
  }

  /**
   * Whether a message asks for its connection to end among other things; alone, the library sees to
   * it.
   */
  static boolean closesAmongOthers(MultiMap headers) {
    return nominated(headers).contains("close");
  }

  /** Whether a message wants its connection to carry WebSocket frames from now on. */
  static boolean asksForWebSocket(MultiMap headers) {
    String protocol = headers.get(HttpHeaderNames.UPGRADE);
    return protocol != null
        && HttpHeaderValues.WEBSOCKET.contentEqualsIgnoreCase(protocol)
        && nominated(headers).contains("upgrade");
  }

  private static Set<String> nominated(MultiMap headers) {
    String first = headers.get(HttpHeaderNames.CONNECTION);
    if (first == null) {
      return Set.of();
    }
    List<String> lines = headers.getAll(HttpHeaderNames.CONNECTION);
    if (lines.size() == 1 && isPlain(first)) {
      return Set.of();
    }
    Set<String> names = new HashSet<>();
    for (String line : lines) {
      for (String name : line.split(",")) {
        names.add(name.strip().toLowerCase(Locale.ROOT));
      }
    }
    names.remove("content-length"); // framing is not for a peer to nominate away
    names.remove("host");
    return names;
  }

  private static boolean isPlain(String value) {
    return value.equalsIgnoreCase("keep-alive") || value.equalsIgnoreCase("close");
  }
}
