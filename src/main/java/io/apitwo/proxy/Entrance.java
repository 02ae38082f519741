package io.apitwo.proxy;

import io.apitwo.identify.Admission;
import io.apitwo.identify.Admitted;
import io.apitwo.identify.Credentials;
import io.apitwo.identify.Identified;
import io.apitwo.identify.Identifier;
import io.apitwo.identify.Parts;
import io.apitwo.rules.Route;
import io.apitwo.rules.Rules;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Finds out who sent a request that has a route, and under which limits it may come in: reads into
 * a small body where limits look there, has tokens and keys verified, and hands the rest to {@link
 * Enforcement}.
 *
 * <p>Confined to one event loop.
 */
final class Entrance {
  /** Of a body that is looked into. */
  private static final int MOST_PEEKED_BYTES = 8_192;

  private static final int MOST_LENGTH_DIGITS = 6;

  private final Identifier identifier;
  private final Trial trial;
  private final Enforcement enforcement;
  private final Map<Route, Admission> admissions = new IdentityHashMap<>();
  private @Nullable Rules rules;

  Entrance(Identifier identifier, Trial trial, Enforcement enforcement) {
    this.identifier = identifier;
    this.trial = trial;
    this.enforcement = enforcement;
  }

  void rulesChanged(Rules now) {
    rules = now;
    admissions.clear();
    identifier.rulesChanged(now);
    enforcement.rulesChanged(now);
  }

  /** Finds out who sent it, and under which limits that one may come in. */
  void enter(Exchange exchange, Route route) {
    Admission admission =
        admissions.computeIfAbsent(
            route, each -> new Admission(Objects.requireNonNull(rules), each));
    if (!admission.needsBody() || !mayPeek(exchange.request)) {
      identify(exchange, admission, new Sent(exchange, null));
      return;
    }
    exchange.askForBody();
    exchange.body.peek(
        MOST_PEEKED_BYTES,
        body ->
            exchange.guarded(
                () ->
                    identify(
                        exchange,
                        admission,
                        new Sent(exchange, body == null ? null : body.getBytes()))));
  }

  /** Whether the request has a body that may be small. */
  private static boolean mayPeek(HttpServerRequest request) {
    String length = request.headers().get(HttpHeaders.CONTENT_LENGTH);
    return length == null
        ? request.headers().contains(HttpHeaders.TRANSFER_ENCODING)
            || request.version() == HttpVersion.HTTP_2
        : length.length() <= MOST_LENGTH_DIGITS
            && length.chars().allMatch(c -> c >= '0' && c <= '9')
            && !length.isEmpty()
            && Integer.parseInt(length) <= MOST_PEEKED_BYTES;
  }

  private void identify(Exchange exchange, Admission admission, Sent sent) {
    exchange.trial = trial.begin(exchange, sent);
    if (!admission.needsCredentials()) {
      admit(exchange, admission, sent, Credentials.NONE);
      return;
    }
    Identified now = identifier.now(sent, exchange.caller(), admission);
    if (now != null) {
      identified(exchange, admission, sent, now);
      return;
    }
    exchange.body.hold();
    identifier.ask(
        sent,
        exchange.caller(),
        admission,
        later -> exchange.guarded(() -> identified(exchange, admission, sent, later)));
  }

  private void identified(
      Exchange exchange, Admission admission, Sent sent, Identified identified) {
    if (identified instanceof Identified.TooManyFailures failures) {
      turnAway(exchange, failures);
    } else {
      admit(exchange, admission, sent, ((Identified.As) identified).credentials());
    }
  }

  private void admit(Exchange exchange, Admission admission, Sent sent, Credentials credentials) {
    Route route = exchange.route();
    Admitted admitted = admission.of(new Parts(sent, route, exchange.caller(), credentials));
    if (admitted instanceof Admitted.Limited limited) {
      enforcement.decide(exchange, limited);
    } else if (admitted instanceof Admitted.Free) {
      enforcement.forward(exchange);
    } else {
      turnAway(exchange, admission, admitted);
    }
  }

  /** Ends the exchange of an address that has failed too often. */
  static void turnAway(Exchange exchange, Identified.TooManyFailures failures) {
    String seconds = Long.toString(failures.retryAfterSeconds());
    exchange.answer(Answers.TOO_MANY_FAILURES, HttpHeaders.RETRY_AFTER, seconds);
  }

  /** Ends the exchange of somebody who may not come in: denied, blocked, or unidentified. */
  static void turnAway(Exchange exchange, Admission admission, Admitted admitted) {
    if (admitted instanceof Admitted.Denied) {
      exchange.answer(Answers.FORBIDDEN);
    } else if (admitted instanceof Admitted.Blocked blocked) {
      exchange.answer(Answers.BLOCKED, HttpHeaders.RETRY_AFTER, HttpDate.of(blocked.until()));
    } else if (admission.needsToken()) {
      exchange.answer(Answers.UNAUTHORIZED, HttpHeaderNames.WWW_AUTHENTICATE, "Bearer");
    } else {
      exchange.answer(Answers.UNAUTHORIZED);
    }
  }
}
