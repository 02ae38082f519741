package io.apitwo.proxy;

import io.apitwo.limit.Decision;
import io.apitwo.rules.IpAddress;
import io.apitwo.rules.Route;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way to its response: what is known about it so far, and how it can end.
 * Confined to the event loop of its connection.
 */
final class Exchange {
  final HttpServerRequest request;
  final HttpServerResponse response;
  final long startNanos;
  @Nullable ClientConnection client;
  @Nullable IpAddress peer;
  @Nullable Caller caller;
  RequestTarget.@Nullable Accepted target;
  @Nullable Route route;
  @Nullable RoutePolicy policy;
  @Nullable Decision decision;
  @Nullable UpstreamCall call;
  boolean hasNoBody;
  private boolean held;
  private boolean leaves;
  private boolean continued;
  private boolean ended;

  /**
   * @param startNanos elapsed time when the request's head was there
   */
  Exchange(HttpServerRequest request, long startNanos) {
    this.request = request;
    this.response = request.response();
    this.startNanos = startNanos;
  }

  /** The connection that it came on; known from the beginning. */
  ClientConnection client() {
    return Objects.requireNonNull(client);
  }

  /** The other end of the connection; known before anything is decided. */
  IpAddress peer() {
    return Objects.requireNonNull(peer);
  }

  /** Who sent it; known before anything is decided. */
  Caller caller() {
    return Objects.requireNonNull(caller);
  }

  /** Where it wants to go; known before anything is decided. */
  RequestTarget.Accepted target() {
    return Objects.requireNonNull(target);
  }

  /** Lets no part of the body come until somebody can take it. */
  void holdBody() {
    if (!held) {
      held = true;
      request.pause();
    }
  }

  /** Lets the body come; what nobody takes is dropped. */
  void releaseBody() {
    if (held) {
      held = false;
      request.resume();
    }
  }

  /** The client is told to use this connection no more. */
  void leaveConnection() {
    leaves = true;
  }

  /** Lets a client that waits for a word before it sends its body go on. */
  void askForBody() {
    if (expectsContinue()) {
      continued = true;
      response.writeContinue();
    }
  }

  private boolean expectsContinue() {
    return "100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT));
  }

  /**
   * Ends the exchange with an answer of the gateway's own, unless a response has begun: then it is
   * cut off.
   */
  void answer(Answers answer) {
    if (isOver()) {
      return;
    }
    if (response.headWritten()) {
      response.reset();
      return;
    }
    response.headers().clear();
    addLimitHeaders();
    beginOwnAnswer();
    answer.give(response);
    releaseBody();
  }

  /**
   * The rest of the request's body cannot be read: 400, or the response that has begun is cut off.
   */
  void bodyBroke() {
    leaveConnection();
    if (call != null) {
      call.abort();
    }
    answer(Answers.BAD_REQUEST);
  }

  /** Whether there is nothing left to answer. */
  boolean isOver() {
    return ended || response.ended() || response.closed();
  }

  /**
   * Marks the end, of which there is one.
   *
   * @return what was decided before it; what is decided later is nobody's
   */
  @Nullable Decision end() {
    ended = true;
    return decision;
  }

  /** Ends the exchange with the refusal that its decision calls for. */
  void refuse() {
    beginOwnAnswer();
    Refusal.give(request, Objects.requireNonNull(policy), Objects.requireNonNull(decision));
    releaseBody();
  }

  /**
   * Adds the rate-limit headers to a response whose head is not written yet, if there was a
   * decision.
   */
  void addLimitHeaders() {
    if (decision != null && policy != null) {
      policy.addHeaders(decision, response.headers());
    }
  }

  /** Whether the connection is to end with this exchange. */
  boolean isLast() {
    return leaves;
  }

  /** A body that nobody asked for may come or not, so the connection is of no more use. */
  private void beginOwnAnswer() {
    leaves |= !continued && request.version() != HttpVersion.HTTP_2 && expectsContinue();
    markConnection();
  }

  /** Says in the response's head whether the connection ends with it. */
  void markConnection() {
    if (leaves) {
      response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
    }
  }
}
