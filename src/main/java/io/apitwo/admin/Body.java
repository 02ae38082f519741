package io.apitwo.admin;

import io.apitwo.rules.Excerpt;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;

/**
 * What the body of an operation may be.
 *
 * @param mostBytes more are refused: 413
 * @param types that {@code Content-Type} may name, others are refused: 415; none: no body is read
 */
record Body(int mostBytes, List<String> types) {
  /** How much of what is too long is read, so that the caller gets to see the answer. */
  private static final long MOST_DROPPED = 64L << 20;

  static final Body NONE = new Body(0, List.of());

  /** Any body but a rules document. */
  static final Body JSON = new Body(1 << 16, List.of(Answer.JSON));

  Body {
    types = List.copyOf(types);
  }

  /** The type in lower case without parameters; empty when no body is read. */
  String type(HttpServerRequest request) throws RefusedException {
    if (types.isEmpty()) {
      return "";
    }
    String[] parts = header(request, "Content-Type", "").toLowerCase(Locale.ROOT).split(";");
    String type = parts.length == 0 ? "" : parts[0].strip();
    String encoding = header(request, "Content-Encoding", "identity");
    if (!types.contains(type)) {
      String expected = String.join(" or ", types);
      throw new RefusedException(
          415, "Content-Type: " + Excerpt.of(type) + " (expected: " + expected + ")");
    }
    if (!encoding.equalsIgnoreCase("identity")) {
      throw new RefusedException(
          415, "Content-Encoding: " + Excerpt.of(encoding) + " (expected: none, not compressed)");
    }
    for (int i = 1; i < parts.length; i++) {
      String parameter = parts[i].strip().replace("\"", "");
      if (parameter.startsWith("charset=") && !parameter.equals("charset=utf-8")) {
        throw new RefusedException(
            415, "Content-Type: " + Excerpt.of(parameter) + " (expected: charset=utf-8)");
      }
    }
    return type;
  }

  private static String header(HttpServerRequest request, String name, String otherwise) {
    String value = request.getHeader(name);
    return value == null ? otherwise : value;
  }

  /**
   * The text; to be called before anything else has the request wait.
   *
   * @return fails with {@link RefusedException}
   */
  Future<String> read(HttpServerRequest request) {
    if (types.isEmpty()) {
      return Future.succeededFuture("");
    }
    Promise<String> read = Promise.promise();
    new Reader(request, read).start();
    return read.future();
  }

  /** Keeps what fits, and drops the rest. */
  private final class Reader {
    private final HttpServerRequest request;
    private final Promise<String> read;
    private final Buffer kept = Buffer.buffer();
    private long bytes;

    private Reader(HttpServerRequest request, Promise<String> read) {
      this.request = request;
      this.read = read;
    }

    private void start() {
      request
          .exceptionHandler(cut -> read.tryFail(cutOff()))
          .handler(this::take)
          .endHandler(ended -> end());
    }

    private void take(Buffer chunk) {
      bytes += chunk.length();
      if (bytes <= mostBytes) {
        kept.appendBuffer(chunk);
      } else if (bytes > MOST_DROPPED) {
        request.pause();
        request.response().putHeader("Connection", "close");
        read.tryFail(tooLong());
      }
    }

    private void end() {
      if (bytes > mostBytes) {
        read.tryFail(tooLong());
        return;
      }
      try {
        ByteBuffer all = ByteBuffer.wrap(kept.getBytes());
        read.tryComplete(StandardCharsets.UTF_8.newDecoder().decode(all).toString());
      } catch (CharacterCodingException e) {
        read.tryFail(new RefusedException(400, "the body is malformed (expected: UTF-8)"));
      }
    }

    /** Nobody may be there any more to be told. */
    private static RefusedException cutOff() {
      return new RefusedException(400, "the body ended too soon (expected: all of it)");
    }

    private RefusedException tooLong() {
      return new RefusedException(
          413, "the body is too long (expected: at most " + mostBytes + " bytes)");
    }
  }
}
