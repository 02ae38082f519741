package io.apitwo.proxy;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;

/**
 * Answers what the HTTP decoder could not read, and closes: the rest of the connection is a guess.
 */
final class MalformedRequest {
  private MalformedRequest() {}

  static void answer(HttpServerRequest request) {
    Throwable cause = request.decoderResult().cause();
    Answers answer =
        cause instanceof TooLongHttpLineException
            ? Answers.URI_TOO_LONG
            : cause instanceof TooLongHttpHeaderException
                ? Answers.HEADERS_TOO_LARGE
                : Answers.BAD_REQUEST;
    request.response().putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
    answer.give(request.response());
    request.connection().close();
  }
}
