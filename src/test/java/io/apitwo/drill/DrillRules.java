package io.apitwo.drill;

import io.apitwo.limit.Window;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Rules of a drill: one route for each limit, under its name, so that one set of gateways serves
 * many cases.
 */
record DrillRules(int upstreamPort, List<DrillLimit> limits) {
  DrillRules {
    limits = List.copyOf(limits);
  }

  DrillRules(int upstreamPort, DrillLimit... limits) {
    this(upstreamPort, Arrays.asList(limits));
  }

  /**
   * @param accuracy {@code exact} or {@code strict}
   * @param quotas by window; the shortest is what a drill is about
   * @param onStoreFailure {@code local}, {@code allow} or {@code deny}
   * @param beside another limit that its route has too; null for none
   * @param max of a concurrency limit, which has no windows; else 0
   */
  record DrillLimit(
      String name,
      String accuracy,
      TreeMap<Window, Long> quotas,
      String onStoreFailure,
      @Nullable String beside,
      int max) {
    static DrillLimit of(String name, String accuracy, Map<Window, Long> quotas) {
      return new DrillLimit(name, accuracy, new TreeMap<>(quotas), "deny", null, 0);
    }

    static DrillLimit concurrency(String name, int max) {
      return new DrillLimit(name, "exact", new TreeMap<>(), "deny", null, max);
    }

    DrillLimit onStoreFailure(String answer) {
      return new DrillLimit(name, accuracy, quotas, answer, beside, max);
    }

    DrillLimit beside(DrillLimit other) {
      return new DrillLimit(name, accuracy, quotas, onStoreFailure, other.name, max);
    }

    private String applied() {
      return beside == null ? name : name + ", " + beside;
    }

    Window shortest() {
      return quotas.firstKey();
    }

    long quota() {
      return quotas.get(shortest());
    }

    String path() {
      return "/" + name;
    }

    private String yaml() {
      if (max > 0) {
        return "  %s: { by: [{ header: x-client }], algorithm: concurrency, max: %d, onStoreFailure: %s }%n"
            .formatted(name, max, onStoreFailure);
      }
      String windows =
          quotas.entrySet().stream()
              .map(entry -> word(entry.getKey()) + ": " + entry.getValue())
              .collect(Collectors.joining(", ", "{ ", " }"));
      return "  %s: { by: [{ header: x-client }], windows: %s, accuracy: %s, onStoreFailure: %s }%n"
          .formatted(name, windows, accuracy, onStoreFailure);
    }
  }

  private static String word(Window window) {
    return window.name().toLowerCase(Locale.ROOT);
  }

  String yaml() {
    StringBuilder text = new StringBuilder();
    text.append("upstreams: { up: { targets: [\"http://127.0.0.1:").append(upstreamPort);
    text.append("\"], connectTimeout: 10s } }\nroutes:\n"); // it is a thread of a busy test
    for (DrillLimit limit : limits) {
      text.append(
          "  - { id: %s, match: { path: /%s }, upstream: up, limits: [%s] }%n"
              .formatted(limit.name(), limit.name(), limit.applied()));
    }
    text.append("limits:\n");
    limits.forEach(limit -> text.append(limit.yaml()));
    return text.toString();
  }
}
