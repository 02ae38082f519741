package apitwo.load;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.LongAdder;

/**
 * What stands behind the gateways and says how much really passed: it counts what reaches it, by
 * path, and by the window in which a gateway decided, as {@code X-Apitwo-Test-Windows} says. One
 * for all labs, in this process.
 */
final class Upstream {
  /** How long {@code /slow} takes, so that there is always something under way. */
  private static final long SLOW_MILLIS = 300;

  private static final int THREADS = 64;
  private static final Upstream ONE = new Upstream();
  private final Map<String, Map<String, LongAdder>> arrivals = new ConcurrentHashMap<>();
  private final HttpServer server;

  private Upstream() {
    // A connection is the gateways' to close: one that ends under a request would fail it.
    System.setProperty("sun.net.httpserver.maxIdleConnections", "100000");
    System.setProperty("sun.net.httpserver.idleInterval", "86400");
    System.setProperty("sun.net.httpserver.nodelay", "true");
    try {
      server = HttpServer.create(new InetSocketAddress(Loopback.ADDRESS, 0), 1024);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setExecutor(
        Executors.newFixedThreadPool(
            THREADS,
            task -> {
              var thread = new Thread(task, "upstream");
              thread.setDaemon(true);
              return thread;
            }));
    server.createContext("/", this::answer);
    server.start();
  }

  private void answer(HttpExchange exchange) throws IOException {
    var window = exchange.getRequestHeaders().getFirst("X-Apitwo-Test-Windows");
    arrivals
        .computeIfAbsent(exchange.getRequestURI().getPath(), path -> new ConcurrentHashMap<>())
        .computeIfAbsent(window == null ? "" : window, first -> new LongAdder())
        .increment();
    if (exchange.getRequestURI().getPath().equals("/slow")) {
      Await.pause(SLOW_MILLIS);
    }
    exchange.sendResponseHeaders(204, -1);
    exchange.close();
  }

  static String url() {
    return "http://" + Loopback.ADDRESS + ":" + ONE.server.getAddress().getPort();
  }

  /** How many requests came for a path, in each window. */
  static Map<String, Long> windows(String path) {
    var counts = new TreeMap<String, Long>();
    ONE.arrivals.getOrDefault(path, Map.of()).forEach((w, count) -> counts.put(w, count.sum()));
    return counts;
  }

  /** How many requests came for a path. */
  static long served(String path) {
    return windows(path).values().stream().mapToLong(Long::longValue).sum();
  }
}
