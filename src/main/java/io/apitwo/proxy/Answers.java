package io.apitwo.proxy;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;

/**
 * The answers that the gateway gives itself: the one place that picks their status and body. All
 * are JSON in the form of {@code {"msg":"…","code":429}}.
 */
enum Answers {
  BAD_REQUEST(400, "Bad request"),
  UNAUTHORIZED(401, "Unauthorized"),
  FORBIDDEN(403, "Forbidden"),
  BLOCKED(403, "Blocked by the operator for a while"),
  NOT_FOUND(404, "No route"),
  METHOD_NOT_ALLOWED(405, "Method not allowed"),
  URI_TOO_LONG(414, "URI too long"),
  TOO_MANY_FAILURES(429, "Too many failed attempts"),
  HEADERS_TOO_LARGE(431, "Request header fields too large"),
  INTERNAL_ERROR(500, "Internal error"),
  NOT_IMPLEMENTED(501, "Method not implemented"),
  BAD_GATEWAY(502, "Bad gateway"),
  BUSY(503, "Service busy"),
  LIMITER_UNAVAILABLE(503, "Rate limiter unavailable"),
  GATEWAY_TIMEOUT(504, "Gateway timeout"),
  VERSION_NOT_SUPPORTED(505, "HTTP version not supported");

  private final int status;
  private final Buffer body;

  Answers(int status, String message) {
    this.status = status;
    this.body = Buffer.buffer(json(message, status));
  }

  /** {@code {"msg":MESSAGE,"code":STATUS}}; the message needs no escaping. */
  static String json(String message, int status) {
    return "{\"msg\":\"" + message + "\",\"code\":" + status + "}";
  }

  int status() {
    return status;
  }

  /** Whether it stands in for what an upstream should have answered. */
  boolean isForUpstream() {
    return this == BAD_GATEWAY || this == BUSY || this == GATEWAY_TIMEOUT;
  }

  /** Ends a response whose head is not written yet. */
  void give(HttpServerResponse response) {
    response.setStatusCode(status).putHeader(HttpHeaders.CONTENT_TYPE, "application/json");
    String reason = HttpResponseStatus.valueOf(status).reasonPhrase();
    if (!reason.equals(response.getStatusMessage())) { // that of a response that came to nothing
      response.setStatusMessage(reason);
    }
    boolean passes = status == 503 || status == 429;
    if (passes && !response.headers().contains(HttpHeaders.RETRY_AFTER)) {
      response.putHeader(HttpHeaders.RETRY_AFTER, "1");
    }
    response.end(body);
  }
}
