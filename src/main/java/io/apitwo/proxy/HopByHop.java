package io.apitwo.proxy;

import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
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

  private static boolean isFixed(String name) {
    if (name.length() >= FIXED.length) {
      return false;
    }
    for (String fixed : FIXED[name.length()]) {
      if (fixed.equalsIgnoreCase(name)) {
        return true;
      }
    }
    return false;
  }

  /**
   * @param from a received message's headers
   * @param to where they go
   * @param without whether a further name, in any case, is left out
   */
  static void copy(MultiMap from, MultiMap to, Predicate<String> without) {
    Set<String> nominated = nominated(from);
    for (Map.Entry<String, String> header : from) {
      String name = header.getKey();
      boolean staysBehind =
          isFixed(name)
              || (!nominated.isEmpty() && nominated.contains(name.toLowerCase(Locale.ROOT)))
              || without.test(name);
      if (!staysBehind) {
        to.add(name, header.getValue());
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

  private static Set<String> nominated(MultiMap headers) {
    String first = headers.get(HttpHeaders.CONNECTION);
    if (first == null) {
      return Set.of();
    }
    List<String> lines = headers.getAll(HttpHeaders.CONNECTION);
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
