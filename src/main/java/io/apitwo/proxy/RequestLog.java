package io.apitwo.proxy;

import io.apitwo.telemetry.AccessLog;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.time.Instant;

/**
 * Follows every exchange from its beginning to its end, whichever way it ends: for the drain, the
 * sweep for silent upstreams, and the access log.
 *
 * <p>Confined to one event loop.
 */
final class RequestLog {
  private static final int CLIENT_LEFT = 499;

  private final InFlight inFlight;
  private final Drain drain;
  private final AccessLog accessLog;

  RequestLog(InFlight inFlight, Drain drain, AccessLog accessLog) {
    this.inFlight = inFlight;
    this.drain = drain;
    this.accessLog = accessLog;
  }

  /**
   * @return whether the request is to be served; otherwise the node is as good as gone
   */
  boolean began(Exchange exchange) {
    inFlight.began(exchange);
    drain.requestBegan();
    boolean http1 = exchange.request.version() != HttpVersion.HTTP_2;
    if (http1 && (drain.hasBegun() || HopByHop.closesAmongOthers(exchange.request.headers()))) {
      exchange.leaveConnection();
    }
    exchange.response.endHandler(ended -> ended(exchange));
    exchange.response.closeHandler(closed -> ended(exchange));
    exchange.response.exceptionHandler(cause -> {}); // the end handler says all there is to say
    return !drain.isOver();
  }

  private void ended(Exchange exchange) {
    if (!inFlight.ended(exchange)) {
      return;
    }
    drain.requestEnded();
    if (exchange.isLast()) {
      exchange.request.connection().close();
    }
    if (exchange.call != null) {
      exchange.call.abort();
    }
    if (accessLog.isOn()) {
      accessLog.write(entry(exchange));
    }
  }

  private static AccessLog.Entry entry(Exchange exchange) {
    HttpServerRequest request = exchange.request;
    long micros = (System.nanoTime() - exchange.startNanos) / 1_000;
    return new AccessLog.Entry(
        Instant.now().minusNanos(micros * 1_000),
        exchange.caller == null ? "-" : exchange.caller.text(),
        request.method().name(),
        request.uri(),
        version(request.version()),
        exchange.response.headWritten() ? exchange.response.getStatusCode() : CLIENT_LEFT,
        exchange.response.bytesWritten(),
        micros,
        exchange.route == null ? "-" : exchange.route.id());
  }

  private static String version(HttpVersion version) {
    return version == HttpVersion.HTTP_2
        ? "HTTP/2"
        : version == HttpVersion.HTTP_1_0 ? "HTTP/1.0" : "HTTP/1.1";
  }
}
