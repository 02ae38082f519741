package io.apitwo.proxy;

import io.netty.handler.codec.http.HttpResponseStatus;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * An upstream's response on its way to the client, held back while that takes no more. What came at
 * once leaves at once, in one write; a head behind which nothing came does not wait for more.
 *
 * <p>Confined to the call's event loop.
 */
final class Delivery {
  private final UpstreamCall call;
  private final Exchange exchange;
  private final Turn turn;
  private boolean begun;
  private boolean hasBody;
  private long length;
  private int status;

  Delivery(UpstreamCall call, Turn turn) {
    this.call = call;
    this.exchange = call.exchange();
    this.turn = turn;
  }

  /** Fills the head, which leaves with whatever of the body came with it. */
  void begin(HttpResponseStatus status, MultiMap headers) {
    begun = true;
    this.status = status.code();
    turn.moved();
    ResponseHead.write(exchange, status, headers);
    hasBody = !ResponseHead.hasNoBody(exchange.request.method(), status.code());
    length = ResponseHead.length(headers);
  }

  boolean hasBegun() {
    return begun;
  }

  boolean takesBody() {
    return hasBody;
  }

  /** Whether this is the whole body at once; then head and body can leave in one write. */
  boolean isWhole(Buffer chunk) {
    return chunk.length() == length && !exchange.response.headWritten();
  }

  /** Nothing more came for now: the head leaves by itself if nothing has followed it. */
  void pauses() {
    if (begun && hasBody && !exchange.response.headWritten()) {
      exchange.responded(status);
      ResponseHead.send(exchange);
    }
  }

  /** Passes a part of the body on. */
  void pass(Buffer chunk) {
    turn.moved();
    exchange.responded(status);
    exchange.response.write(chunk);
    if (!turn.isResponseHeld() && exchange.response.writeQueueFull()) {
      turn.responseHeld(true);
      call.hold(true);
      exchange.response.drainHandler(drained -> drained());
    }
  }

  private void drained() {
    exchange.client().moved();
    if (!call.isDone()) { // else its connection may be carrying another one
      turn.responseHeld(false);
      call.hold(false);
    }
  }

  /**
   * The response is whole.
   *
   * @param last the rest of its body
   */
  void end(@Nullable Buffer last) {
    exchange.responded(status);
    if (hasBody && exchange.response.headWritten() && ResponseHead.endsWithConnection(exchange)) {
      exchange.client().closesWithResponse();
    }
    Future<Void> sent = last == null ? exchange.response.end() : exchange.response.end(last);
    if (hasBody && ResponseHead.endsWithConnection(exchange)) {
      sent.onComplete(ended -> exchange.request.connection().close());
    }
  }
}
