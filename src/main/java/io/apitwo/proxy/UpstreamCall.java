package io.apitwo.proxy;

import io.apitwo.rules.Upstream;
import io.apitwo.upstream.Balancer;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Takes one exchange to a server of its upstream and brings the response back, body by body, each
 * stream held back while its far end cannot take more.
 *
 * <p>What goes wrong before the response's head is written becomes a clean answer: 502 for a server
 * that refuses, resets or breaks off, 503 when too many wait for a connection, 504 for one that is
 * silent. Later the response is cut off, so that no client takes half a body for a whole. A target
 * that cannot be connected to is replaced by the next one, since nothing was sent; a request
 * without a body that may be repeated is sent once more when its connection ends without a
 * response, as a kept one may.
 *
 * <p>Confined to the exchange's event loop.
 */
final class UpstreamCall {
  private static final TimeoutException NO_CONNECTION =
      new TimeoutException("no connection within the upstream's connectTimeout");

  private final Exchange exchange;
  private final Upstream.Servers upstream;
  private final Targets targets;
  private final Balancer balancer;
  private final RequestHead head;
  private final Turn turn;
  private final Delivery delivery;

  private Upstream.@Nullable Target target;
  private @Nullable Carrier carrier;
  private int attempts;
  private boolean done;
  private boolean repeated;

  UpstreamCall(
      Exchange exchange,
      Upstream.Servers upstream,
      RequestHead head,
      Targets targets,
      Balancer balancer) {
    this.exchange = exchange;
    this.upstream = upstream;
    this.head = head;
    this.targets = targets;
    this.balancer = balancer;
    this.turn = new Turn(upstream, !head.hasBody());
    this.delivery = new Delivery(this, turn);
  }

  /** Whether the upstream has been silent for too long while it was its turn. */
  boolean isOverdue(long nowNanos) {
    return !done && turn.isOverdue(nowNanos);
  }

  /** Whether nothing goes on until the client sends or takes some more. */
  boolean isClientsTurn() {
    return !done && turn.isClients();
  }

  /** Whether it waits for a connection, be it a new one or one that another call gives back. */
  boolean isConnecting() {
    return !done && !turn.isConnected();
  }

  /** Where it wants to go. */
  Upstream.@Nullable Target target() {
    return target;
  }

  /** The target one of whose connections it holds; null without one. */
  Upstream.@Nullable Target connectedTo() {
    return done || !turn.isConnected() ? null : target;
  }

  /** Says whether all connections to the target are in use. */
  void connectingWhile(boolean full, long nowNanos) {
    turn.connectingWhile(full, nowNanos);
  }

  /** Gives the upstream up: 504, or 503 where no connection was to be had. */
  void timeOut() {
    boolean refused = turn.isRefused();
    if (!turn.isConnected() && !refused && target != null) {
      balancer.failed(target, NO_CONNECTION);
    }
    abort();
    exchange.answer(refused ? Answers.BUSY : Answers.GATEWAY_TIMEOUT);
  }

  /**
   * The client has gone, or the exchange is given up: whatever is under way at the upstream ends.
   */
  void abort() {
    if (done) {
      return;
    }
    done = true;
    giveUpRequest();
  }

  /** Ends what is under way at the upstream; what still comes of the client's body is dropped. */
  private void giveUpRequest() {
    if (carrier != null) {
      carrier.cancel();
    } else if (target != null) {
      targets.of(target).forget(this);
    }
    if (!turn.isUploaded() && !exchange.response.closed()) {
      exchange.body.drop();
    }
    turn.uploaded();
  }

  void start() {
    attempts++;
    carrier = null;
    target = balancer.next(upstream);
    turn.connecting();
    targets.of(target).enter(this);
  }

  Exchange exchange() {
    return exchange;
  }

  RequestHead head() {
    return head;
  }

  /** Whether a kept connection has failed it, and another one might. */
  boolean isRepeated() {
    return repeated;
  }

  /** Whether it wants no more of what comes of it. */
  boolean isDone() {
    return done;
  }

  /** This is what sets out with it. */
  void carriedBy(Carrier carrier) {
    this.carrier = carrier;
  }

  /** There is a connection, and the request is about to be sent on it. */
  void connected(Carrier by) {
    carrier = by;
    turn.connected();
    if (target != null) {
      balancer.reached(target);
    }
  }

  /** Too many wait for a connection. */
  void busy() {
    if (!done) {
      done = true;
      exchange.answer(Answers.BUSY);
    }
  }

  /** The target cannot be connected to. */
  void notConnected(Throwable cause) {
    if (done) {
      return;
    }
    if (target != null) {
      balancer.failed(target, cause);
    }
    if (attempts < upstream.targets().size()) {
      start();
    } else {
      done = true;
      exchange.answer(Answers.BAD_GATEWAY);
    }
  }

  /** The target does, or does not, take more of the request's body for now. */
  void uploadHeld(boolean held) {
    turn.uploadHeld(held);
  }

  /** The request's body has come to its end. */
  void uploaded() {
    turn.uploaded();
  }

  /** The response's head is there, a final one or that of a switch of protocols. */
  void respond(HttpResponseStatus status, MultiMap headers) {
    if (done || exchange.response.closed()) {
      abort();
      return;
    }
    if (status.code() < 200) { // nobody asked it to switch protocols
      abort();
      exchange.answer(Answers.BAD_GATEWAY);
      return;
    }
    delivery.begin(status, headers);
  }

  /**
   * The target has switched to WebSocket, as it was asked to.
   *
   * @return null when nothing is to come of it
   */
  @Nullable Tunnel switched(TargetConnection far, MultiMap headers) {
    if (done || exchange.isOver()) {
      return null;
    }
    done = true;
    if (!HopByHop.asksForWebSocket(headers)) {
      exchange.answer(Answers.BAD_GATEWAY);
      return null;
    }
    Tunnel tunnel = exchange.client().switchTo(exchange, far, headers);
    if (tunnel == null) {
      exchange.leaveConnection();
      exchange.answer(Answers.BAD_REQUEST);
    }
    return tunnel;
  }

  /** A part of the response's body is there. */
  void body(Buffer chunk) {
    if (done || !delivery.takesBody()) {
      return;
    }
    if (delivery.isWhole(chunk)) {
      finish(chunk);
    } else {
      delivery.pass(chunk);
    }
  }

  /** All is passed on that came at once. */
  void readEnded() {
    if (!done) {
      delivery.pauses();
    }
  }

  /** The client does, or does not, take more of the response for now. */
  void hold(boolean held) {
    if (carrier != null && held) {
      carrier.pause();
    } else if (carrier != null) {
      carrier.resume();
    }
  }

  /** The response is whole. */
  void ended() {
    finish(null);
  }

  private void finish(@Nullable Buffer last) {
    if (done) {
      return;
    }
    done = true;
    if (!turn.isUploaded()) {
      giveUpRequest(); // answered before it was read: neither connection may wait for the rest
    }
    delivery.end(last);
  }

  /** The connection has ended before the response did, or what came is none. */
  void broken() {
    if (done) {
      return;
    }
    if (head.isRepeatable() && !repeated && !delivery.hasBegun()) {
      repeated = true;
      start();
      return;
    }
    abort();
    exchange.answer(Answers.BAD_GATEWAY);
  }
}
