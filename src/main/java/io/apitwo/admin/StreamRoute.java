package io.apitwo.admin;

import io.apitwo.telemetry.Traffic;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.ext.web.RoutingContext;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /admin/v1/stream}: server-sent events, one a second, of what this node does; fewer
 * while it gives no answer, each with the time that it is about. One timer serves all listeners,
 * and none runs while nobody listens. Who reads too slowly is dropped.
 *
 * <p>Belongs to the management listener's event loop, but for {@link #end}.
 */
public final class StreamRoute implements Routes {
  static final int MOST_LISTENERS = 16;
  private static final long PERIOD_MILLIS = 1_000;

  private final Live live;
  private final InstantSource clock;
  private final LongSupplier nanoTime;
  private final Map<HttpServerResponse, HttpConnection> listeners = new LinkedHashMap<>();
  private volatile @Nullable Context context;
  private volatile boolean ended;
  private @Nullable Seen before;
  private boolean asking;
  private long timer;

  /** How things were at a time. */
  private record Seen(Live.Now now, long nanos) {}

  /**
   * @param clock wall time, for people
   * @param nanoTime elapsed time; asked on any thread
   */
  public StreamRoute(Live live, InstantSource clock, LongSupplier nanoTime) {
    this.live = live;
    this.clock = clock;
    this.nanoTime = nanoTime;
  }

  @Override
  public void addTo(AdminRouter router) {
    router.stream("/admin/v1/stream", this::listen);
  }

  private void listen(RoutingContext routing) {
    if (ended || listeners.size() >= MOST_LISTENERS) {
      String why =
          ended ? "draining" : "too many listeners (expected: at most " + MOST_LISTENERS + ")";
      Answer.message(503, why).with("Retry-After", "5").send(routing.response());
      return;
    }
    Context here = routing.vertx().getOrCreateContext();
    context = here;
    HttpServerResponse response = routing.response();
    response
        .setChunked(true)
        .putHeader("Content-Type", "text/event-stream")
        .putHeader("Cache-Control", "no-store")
        .exceptionHandler(gone -> {})
        .closeHandler(closed -> leave(routing.vertx(), response));
    response.write("retry: 2000\n\n");
    listeners.put(response, routing.request().connection());
    if (listeners.size() == 1) {
      ask(here);
      timer = routing.vertx().setPeriodic(PERIOD_MILLIS, tick -> ask(here));
    }
  }

  private void leave(Vertx vertx, HttpServerResponse response) {
    if (listeners.remove(response) != null && listeners.isEmpty()) {
      vertx.cancelTimer(timer);
      before = null;
    }
  }

  /** One question at a time: while a loop stands still, its answers would only come at once. */
  private void ask(Context here) {
    if (!asking) {
      asking = true;
      live.now()
          .map(now -> new Seen(now, nanoTime.getAsLong()))
          .onComplete(
              seen ->
                  here.runOnContext(
                      turn -> {
                        asking = false;
                        if (seen.succeeded()) {
                          tell(seen.result());
                        }
                      }));
    }
  }

  private void tell(Seen now) {
    Seen earlier = before;
    before = listeners.isEmpty() ? null : now;
    if (earlier == null || listeners.isEmpty()) {
      return;
    }
    String event = "data: " + json(now, earlier).encode() + "\n\n";
    Map.copyOf(listeners)
        .forEach(
            (listener, connection) -> {
              if (isFull(listener, connection)) {
                cut(connection); // the close handler forgets it
              } else {
                listener.write(event);
              }
            });
  }

  /** A response's own queue is full only when some events wait behind what the socket takes. */
  private static boolean isFull(HttpServerResponse listener, HttpConnection connection) {
    return listener.writeQueueFull()
        || connection instanceof ConnectionBase netty && !netty.channel().isWritable();
  }

  /** At once: a connection's own close waits until all is written, and nobody reads. */
  private static void cut(HttpConnection connection) {
    if (connection instanceof ConnectionBase netty) {
      netty.channelHandlerContext().close();
    } else {
      connection.close();
    }
  }

  private JsonObject json(Seen seen, Seen earlier) {
    Live.Now now = seen.now;
    Traffic fresh = now.traffic().since(earlier.now.traffic());
    JsonArray top = new JsonArray();
    now.topRefused()
        .forEach(
            (limit, clients) -> {
              if (!clients.isEmpty()) {
                top.add(
                    new JsonObject().put("limit", limit).put("clients", TopRoute.clients(clients)));
              }
            });
    JsonObject refused = new JsonObject();
    fresh.refused().forEach(refused::put);
    return new JsonObject()
        .put("at", clock.instant().toString())
        .put("millis", TimeUnit.NANOSECONDS.toMillis(seen.nanos - earlier.nanos))
        .put("requests", fresh.requests())
        .put("passed", fresh.passed())
        .put("refused", refused)
        .put("topRefused", top)
        .put("degraded", now.degraded())
        .put("revision", now.revision())
        .put("nodes", now.nodes());
  }

  /** Ends all streams, and takes no more: the node goes. For any thread. */
  public void end() {
    ended = true;
    Context here = context;
    if (here != null) {
      here.runOnContext(now -> List.copyOf(listeners.keySet()).forEach(HttpServerResponse::end));
    }
  }
}
