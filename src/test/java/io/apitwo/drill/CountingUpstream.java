package io.apitwo.drill;

import io.apitwo.limit.Window;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The oracle of all drills: the server behind the gateways, which counts every arrival by client,
 * limit and the window in which the gateway decided. What never arrives did not pass, whatever a
 * gateway says of itself.
 */
final class CountingUpstream implements AutoCloseable {
  /** Who asks; the limits of the drills count by it. */
  static final String CLIENT = "x-client";

  /** When the client sent it: epoch milliseconds. */
  static final String SENT = "x-drill-sent";

  /** Through which gateway, by its name. */
  static final String NODE = "x-drill-node";

  /** What gateways add under APITWO_TEST_WINDOWS: {@code default.minute=29345678,…}. */
  static final String WINDOWS = "x-apitwo-test-windows";

  private static final int MOST_FAULTS = 10; // to show; one is too many

  /** How far the clocks of a client and of Redis, which are one, may be read apart. */
  private static final long CLOCK_SLACK_MILLIS = 20;

  /**
   * A window of a limit, as one client meets it.
   *
   * @param number of the window, counted from the epoch
   */
  record Bucket(String client, String limit, Window window, long number) {}

  private final Vertx vertx = Vertx.vertx();
  private final HttpServer server;
  private final Map<Bucket, AtomicInteger> arrivals = new ConcurrentHashMap<>();
  private final Map<String, AtomicInteger> unmarked = new ConcurrentHashMap<>();
  private final List<Pause> pauses = new CopyOnWriteArrayList<>();
  private final List<String> faults = Collections.synchronizedList(new ArrayList<>());

  private record Pause(String node, long fromMillis, long untilMillis) {}

  CountingUpstream() throws Exception {
    this.server =
        vertx
            .createHttpServer()
            .requestHandler(this::arrived)
            .listen(0, "127.0.0.1")
            .toCompletionStage()
            .toCompletableFuture()
            .get(10, TimeUnit.SECONDS);
  }

  private void arrived(HttpServerRequest request) {
    String client = String.valueOf(request.getHeader(CLIENT));
    String windows = request.getHeader(WINDOWS);
    if (windows == null) {
      unmarked.computeIfAbsent(client, first -> new AtomicInteger()).incrementAndGet();
    } else {
      long sent = decidedAfter(request);
      for (String window : windows.split(",")) {
        count(client, window, sent);
      }
    }
    request.response().putHeader("Content-Length", "2").end("ok");
  }

  /** An instant, in epoch milliseconds, at which the request cannot have been decided yet. */
  private long decidedAfter(HttpServerRequest request) {
    long sent = Long.parseLong(request.getHeader(SENT));
    for (Pause pause : pauses) {
      if (pause.node().equals(request.getHeader(NODE))
          && sent > pause.fromMillis()
          && sent < pause.untilMillis()) {
        return pause.untilMillis();
      }
    }
    return sent;
  }

  /**
   * Says that a gateway stood still: what it got meanwhile it can only have decided afterwards. To
   * be said before it goes on.
   */
  void stoodStill(String node, long fromMillis, long untilMillis) {
    pauses.add(new Pause(node, fromMillis, untilMillis));
  }

  private void count(String client, String text, long decidedAfter) {
    int dot = text.lastIndexOf('.');
    int equals = text.lastIndexOf('=');
    Bucket bucket =
        new Bucket(
            client,
            text.substring(0, dot),
            Window.valueOf(text.substring(dot + 1, equals).toUpperCase(Locale.ROOT)),
            Long.parseLong(text.substring(equals + 1)));
    arrivals.computeIfAbsent(bucket, first -> new AtomicInteger()).incrementAndGet();
    long end = bucket.window().endMillis(bucket.number());
    if (end + CLOCK_SLACK_MILLIS < decidedAfter && faults.size() < MOST_FAULTS) {
      faults.add(
          "%s passed on %s, which had been over for %d ms"
              .formatted(client, text, decidedAfter - end));
    }
  }

  int port() {
    return server.actualPort();
  }

  /** Arrivals of one client that no counter stands behind. */
  int unmarked(String client) {
    AtomicInteger count = unmarked.get(client);
    return count == null ? 0 : count.get();
  }

  /** Arrivals of one client, by window of one kind, in their order. */
  Map<Long, Integer> arrivals(String client, String limit, Window window) {
    Map<Long, Integer> byNumber = new TreeMap<>();
    arrivals.forEach(
        (bucket, count) -> {
          if (bucket.equals(new Bucket(client, limit, window, bucket.number()))) {
            byNumber.put(bucket.number(), count.get());
          }
        });
    return byNumber;
  }

  /** Requests that passed in a window that was over before they were sent. */
  List<String> faults() {
    return List.copyOf(faults);
  }

  @Override
  public void close() {
    vertx.close().toCompletionStage().toCompletableFuture().orTimeout(10, TimeUnit.SECONDS).join();
  }
}
