package io.apitwo.proxy;

import io.apitwo.decide.Decider;
import io.apitwo.limit.Decision;
import io.apitwo.rules.Rules;
import io.apitwo.telemetry.AccessLog;
import io.apitwo.telemetry.LoopTraffic;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Stream;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.impl.ConnectionBase;
import java.time.Instant;
import java.util.function.Supplier;

/**
 * Follows every exchange from its beginning to its end, whichever way it ends: for the drain, the
 * sweep for silent upstreams, the permits that a request held, and the access log.
 *
 * <p>Confined to one event loop.
 */
final class RequestLog {
  private static final int CLIENT_LEFT = 499;

  private final InFlight inFlight;
  private final Drain drain;
  private final Decider decider;
  private final AccessLog accessLog;
  private final Supplier<Rules> rules;
  private final LoopTraffic traffic;

  /**
   * @param rules in force
   */
  RequestLog(
      InFlight inFlight,
      Drain drain,
      Decider decider,
      AccessLog accessLog,
      Supplier<Rules> rules,
      LoopTraffic traffic) {
    this.traffic = traffic;
    this.rules = rules;
    this.inFlight = inFlight;
    this.drain = drain;
    this.decider = decider;
    this.accessLog = accessLog;
  }

  void connected(HttpConnection connection) {
    inFlight.connected(connection);
  }

  /** A request goes to its upstream. */
  void passes() {
    traffic.passed();
  }

  /** Whether it is to be answered; not when its client was told that an earlier one is the last. */
  boolean began(Exchange exchange) {
    if (!inFlight.began(exchange)) {
      return false;
    }
    traffic.began();
    drain.requestBegan();
    boolean http1 = exchange.request.version() != HttpVersion.HTTP_2;
    exchange.hasNoBody = !http1 && isWhole(exchange.request);
    if (http1 && (drain.hasBegun() || HopByHop.closesAmongOthers(exchange.request.headers()))) {
      exchange.leaveConnection();
    }
    if (drain.hasBegun()) {
      exchange.client().goAway(System.nanoTime());
    }
    exchange.response.endHandler(ended -> ended(exchange));
    exchange.response.closeHandler(closed -> ended(exchange));
    exchange.response.exceptionHandler(cause -> {}); // the end handler says all there is to say
    return true;
  }

  /** Whether an HTTP/2 request ended with its head, which just came. */
  private static boolean isWhole(HttpServerRequest request) {
    ChannelHandlerContext context = ((ConnectionBase) request.connection()).channelHandlerContext();
    Http2Stream stream =
        context.handler() instanceof Http2ConnectionHandler http2
            ? http2.connection().stream(request.streamId())
            : null;
    return stream != null && stream.state() == Http2Stream.State.HALF_CLOSED_REMOTE;
  }

  private void ended(Exchange exchange) {
    if (!inFlight.ended(exchange)) {
      return;
    }
    drain.requestEnded();
    Decision decision = exchange.end();
    if (decision != null) {
      decider.ended(decision);
    }
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

  private AccessLog.Entry entry(Exchange exchange) {
    HttpServerRequest request = exchange.request;
    long micros = (System.nanoTime() - exchange.startNanos) / 1_000;
    return new AccessLog.Entry(
        Instant.now().minusNanos(micros * 1_000),
        client(exchange),
        isUnread(request) ? "-" : request.method().name(),
        isUnread(request) ? "-" : keys(exchange).masked(target(request)),
        version(request.version()),
        status(exchange),
        exchange.response.bytesWritten(),
        micros,
        exchange.route == null ? "-" : exchange.route.id());
  }

  private static int status(Exchange exchange) {
    if (exchange.tunnel != null) {
      return HttpResponseStatus.SWITCHING_PROTOCOLS.code();
    }
    return exchange.response.headWritten() ? exchange.response.getStatusCode() : CLIENT_LEFT;
  }

  /** What was refused before its rules were known may hold a key all the same. */
  private HiddenKeys keys(Exchange exchange) {
    return exchange.keys == HiddenKeys.NONE
        ? new HiddenKeys(rules.get().apiKeyPlaces())
        : exchange.keys;
  }

  private static String client(Exchange exchange) {
    if (exchange.caller != null) {
      return exchange.caller.text();
    }
    SocketAddress remote = exchange.request.remoteAddress();
    return remote == null ? "-" : String.valueOf(remote.hostAddress());
  }

  /** The decoder makes a request up when it cannot read the first line of one. */
  private static boolean isUnread(HttpServerRequest request) {
    return request.decoderResult().isFailure() && "/bad-request".equals(request.uri());
  }

  /** What CONNECT of HTTP/2 asks for is an authority alone. */
  private static String target(HttpServerRequest request) {
    return request.uri() == null ? String.valueOf(request.authority()) : request.uri();
  }

  private static String version(HttpVersion version) {
    return version == HttpVersion.HTTP_2
        ? "HTTP/2"
        : version == HttpVersion.HTTP_1_0 ? "HTTP/1.0" : "HTTP/1.1";
  }
}
