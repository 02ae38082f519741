package io.apitwo.proxy;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerRequest;

/**
 * Answers and logs what the HTTP decoder could not read, and closes: the rest of the connection is
 * a guess.
 */
final class MalformedRequest implements Handler<HttpServerRequest> {
  private final RequestLog requests;

  MalformedRequest(RequestLog requests) {
    this.requests = requests;
  }

  @Override
  public void handle(HttpServerRequest request) {
    Exchange exchange = new Exchange(request, System.nanoTime());
    if (requests.began(exchange)) {
      exchange.leaveConnection();
      exchange.answer(answer(request));
    }
  }

  private static Answers answer(HttpServerRequest request) {
    Throwable cause = request.decoderResult().cause();
    if (cause instanceof TooLongHttpLineException) {
      return Answers.URI_TOO_LONG;
    }
    if (cause instanceof TooLongHttpHeaderException) {
      return Answers.HEADERS_TOO_LARGE;
    }
    return cause instanceof UnknownVersionException
        ? Answers.VERSION_NOT_SUPPORTED
        : Answers.BAD_REQUEST;
  }
}
