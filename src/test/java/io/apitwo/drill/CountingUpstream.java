package io.apitwo.drill;

import io.apitwo.limit.Window;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerRequest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

  /** In the query: for how many milliseconds the answer is held back. */
  static final String HOLD = "hold";

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
  private final Map<String, InFlight> inFlight = new ConcurrentHashMap<>();
  private final List<Pause> pauses = new CopyOnWriteArrayList<>();
  private final List<String> faults = Collections.synchronizedList(new ArrayList<>());

  /** What is under way here of one client, and the most there ever was. On the server's loop. */
  private static final class InFlight {
    volatile int now;
    volatile int most;

    void begin() {
      most = Math.max(most, ++now);
    }

    void end() {
      now--;
    }
  }

  private volatile long delayMillis;

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
    answer(request, inFlight.computeIfAbsent(client, first -> new InFlight()));
  }

  private void answer(HttpServerRequest request, InFlight own) {
    own.begin();
    boolean[] over = {false};
    Handler<Void> end =
        ended -> {
          if (!over[0]) {
            over[0] = true;
            own.end();
          }
        };
    request.response().endHandler(end).closeHandler(end);
    String hold = request.getParam(HOLD);
    long millis = delayMillis + (hold == null ? 0 : Long.parseLong(hold));
    if (millis == 0) {
      finish(request);
    } else {
      vertx.setTimer(millis, late -> finish(request));
    }
  }

  private static void finish(HttpServerRequest request) {
    if (!request.response().closed()) {
      request.response().putHeader("Content-Length", "2").end("ok");
    }
  }

  /** Every answer comes so much later. */
  void delay(long millis) {
    delayMillis = millis;
  }

  /** How many requests of one client are here and have not been answered. */
  int inFlight(String client) {
    InFlight own = inFlight.get(client);
    return own == null ? 0 : own.now;
  }

  /** The most that ever were, since this was last asked. */
  int mostInFlight(String client) {
    InFlight own = inFlight.get(client);
    if (own == null) {
      return 0;
    }
    int most = own.most;
    own.most = own.now;
    return most;
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
    Optional<Window> window = window(text.substring(dot + 1, equals));
    if (window.isEmpty()) {
      return; // tokens and permits have none
    }
    long number = Long.parseLong(text.substring(equals + 1));
    Bucket bucket = new Bucket(client, text.substring(0, dot), window.get(), number);
    arrivals.computeIfAbsent(bucket, first -> new AtomicInteger()).incrementAndGet();
    long end = bucket.window().endMillis(bucket.number());
    if (end + CLOCK_SLACK_MILLIS < decidedAfter && faults.size() < MOST_FAULTS) {
      faults.add(
          "%s passed on %s, which had been over for %d ms"
              .formatted(client, text, decidedAfter - end));
    }
  }

  private static Optional<Window> window(String word) {
    return Arrays.stream(Window.values()).filter(each -> each.word().equals(word)).findFirst();
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
