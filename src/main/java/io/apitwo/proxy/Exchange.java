package io.apitwo.proxy;

import io.apitwo.identify.Caller;
import io.apitwo.limit.Decision;
import io.apitwo.rules.IpAddress;
import io.apitwo.rules.Route;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.json.JsonObject;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One request on its way to its response: what is known about it so far, and how it can end.
 * Confined to the event loop of its connection.
 */
final class Exchange {
  private static final Logger log = LoggerFactory.getLogger(Exchange.class);

  final HttpServerRequest request;
  final HttpServerResponse response;
  final RequestBody body;
  final long startNanos;
  @Nullable ClientConnection client;
  @Nullable IpAddress peer;
  @Nullable Caller caller;
  RequestTarget.@Nullable Accepted target;
  @Nullable Route route;
  @Nullable RoutePolicy policy;
  @Nullable Decision decision;
  @Nullable Refunding refunding;
  Shadows.@Nullable Request shadows;
  Trial.@Nullable Request trial;
  @Nullable UpstreamCall call;
  @Nullable Tunnel tunnel;
  HiddenKeys keys = HiddenKeys.NONE;
  boolean hasNoBody;
  private boolean leaves;
  private boolean continued;
  private boolean responded;
  private boolean ended;

  /**
   * @param startNanos elapsed time when the request's head was there
   */
  Exchange(HttpServerRequest request, long startNanos) {
    this.request = request;
    this.response = request.response();
    this.body = new RequestBody(request);
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

  /** Which one takes it; known before anything is decided. */
  Route route() {
    return Objects.requireNonNull(route);
  }

  /** Where it wants to go; known before anything is decided. */
  RequestTarget.Accepted target() {
    return Objects.requireNonNull(target);
  }

  /** What its upstream is asked for: the canonical target without what is not its business. */
  String forwardedUri() {
    return keys.forwarded(target().uri());
  }

  /** The client is told to use this connection no more. */
  void leaveConnection() {
    leaves = true;
  }

  /** Lets a client that waits for a word before it sends its body go on. */
  void askForBody() {
    if (!continued && expectsContinue()) {
      continued = true;
      response.writeContinue();
    }
  }

  /**
   * HTTP/1.0 knows no word in between, and an expectation there says nothing (RFC 9110, 10.1.1).
   */
  private boolean expectsContinue() {
    return request.version() != HttpVersion.HTTP_1_0
        && "100-continue".equalsIgnoreCase(request.getHeader(HttpHeaders.EXPECT));
  }

  /** Takes the next step if its client is still there; a bug in it is answered 500. */
  void guarded(Runnable step) {
    if (isOver()) {
      return;
    }
    try {
      step.run();
    } catch (RuntimeException bug) {
      fail(bug);
    }
  }

  /** Ends it with a bug of ours. */
  void fail(RuntimeException bug) {
    log.error("a request failed", bug);
    answer(Answers.INTERNAL_ERROR);
  }

  /**
   * Ends the exchange with an answer of the gateway's own, unless a response has begun: then it is
   * cut off.
   */
  void answer(Answers answer) {
    answer(answer, null, "");
  }

  /**
   * Ends the exchange with an answer of the gateway's own that has a header of its own.
   *
   * @param header null for none
   */
  void answer(Answers answer, @Nullable CharSequence header, String value) {
    if (isOver()) {
      return;
    }
    if (response.headWritten()) {
      response.reset();
      return;
    }
    if (trial != null) {
      trial.refused(); // unless it has passed
    }
    if (answer.isForUpstream()) {
      responded(answer.status());
    }
    response.headers().clear();
    addLimitHeaders();
    beginOwnAnswer();
    if (header != null) {
      response.putHeader(header, value);
    }
    answer.give(response);
    body.release();
  }

  /** Ends the exchange with something that the gateway itself tells. */
  void tell(JsonObject answer) {
    beginOwnAnswer();
    response
        .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
        .end(answer.toBuffer());
    body.release();
  }

  /**
   * The status that the request led to is known: its upstream's, or the gateway's in the place of
   * an upstream that failed.
   */
  void responded(int status) {
    if (responded) {
      return;
    }
    responded = true;
    if (refunding != null && decision != null) {
      refunding.responded(decision, status);
    }
    if (shadows != null) {
      shadows.responded(status);
    }
    if (trial != null) {
      trial.responded(status);
    }
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
    return ended || tunnel != null || response.ended() || response.closed();
  }

  /**
   * Marks the end, of which there is one.
   *
   * @return what was decided before it; what is decided later is nobody's
   */
  @Nullable Decision end() {
    ended = true;
    if (shadows != null) {
      shadows.end();
    }
    if (trial != null) {
      trial.end();
    }
    return decision;
  }

  /** Ends the exchange with the refusal that its decision calls for. */
  void refuse() {
    if (trial != null) {
      trial.refused();
    }
    beginOwnAnswer();
    Refusal.give(request, Objects.requireNonNull(policy), Objects.requireNonNull(decision));
    body.release();
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
      client().closesWithResponse();
      response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
    }
  }
}
