package io.apitwo.proxy;

import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;

/** What a client is sent of an upstream's response before its body, and how that body will end. */
final class ResponseHead {
  private ResponseHead() {}

  /** Fills the exchange's response with status, end-to-end headers and the rate-limit headers. */
  static void write(Exchange exchange, HttpResponseStatus status, MultiMap headers) {
    HttpServerResponse to = exchange.response;
    if (to.getStatusCode() != status.code()) {
      to.setStatusCode(status.code());
    }
    if (exchange.request.version() != HttpVersion.HTTP_2
        && !status.reasonPhrase().equals(to.getStatusMessage())) {
      to.setStatusMessage(status.reasonPhrase());
    }
    HopByHop.copy(headers, to.headers());
    exchange.addLimitHeaders();
    exchange.markConnection();
    boolean needsChunks =
        exchange.request.version() == HttpVersion.HTTP_1_1
            && !to.headers().contains(HttpHeaders.CONTENT_LENGTH)
            && !hasNoBody(exchange.request.method(), status.code());
    if (needsChunks) {
      to.setChunked(true);
    }
  }

  /** Sends what the response was filled with before there is a body. */
  static void send(Exchange exchange) {
    if (endsWithConnection(exchange)) {
      exchange.response.write(Buffer.buffer()); // the library sends no such head by itself
    } else {
      exchange.response.writeHead();
    }
  }

  /** Fills the exchange's response with what tells a client that it speaks WebSocket now. */
  static void writeSwitch(Exchange exchange, MultiMap headers) {
    exchange.responded(HttpResponseStatus.SWITCHING_PROTOCOLS.code());
    MultiMap to = exchange.response.headers();
    HopByHop.copy(headers, to);
    exchange.addLimitHeaders();
    to.set(HttpHeaders.CONNECTION, HttpHeaders.UPGRADE);
    to.set(HttpHeaders.UPGRADE, HttpHeaderValues.WEBSOCKET);
  }

  static boolean hasNoBody(HttpMethod method, int status) {
    return method.equals(HttpMethod.HEAD) || status == 204 || status == 304;
  }

  /** The announced length of the body, -1 without one. */
  static long length(MultiMap headers) {
    String length = headers.get(HttpHeaders.CONTENT_LENGTH);
    try {
      return length == null ? -1 : Long.parseLong(length);
    } catch (NumberFormatException e) {
      return -1;
    }
  }

  /**
   * Whether only the connection's end tells the client that the body is whole: HTTP/1.0 without a
   * length.
   */
  static boolean endsWithConnection(Exchange exchange) {
    return exchange.request.version() == HttpVersion.HTTP_1_0
        && !exchange.response.headers().contains(HttpHeaders.CONTENT_LENGTH);
  }
}
