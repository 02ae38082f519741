package io.apitwo.proxy;

import io.apitwo.decide.Decider;
import io.apitwo.identify.Admission;
import io.apitwo.identify.Admitted;
import io.apitwo.identify.Applied;
import io.apitwo.identify.Caller;
import io.apitwo.identify.ClientAddress;
import io.apitwo.identify.Credentials;
import io.apitwo.identify.Identified;
import io.apitwo.identify.Identifier;
import io.apitwo.identify.Parts;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Decision;
import io.apitwo.limit.OnStoreFailure;
import io.apitwo.rules.IpAddress;
import io.apitwo.rules.LimitRule;
import io.apitwo.rules.Route;
import io.apitwo.rules.Rules;
import io.apitwo.telemetry.DecisionMeter;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The first half of a request's life: checks it, gives it a canonical target, a route and a client,
 * and asks for a decision. What may pass goes on to the {@link Forwarder}; the rest is answered
 * here.
 *
 * <p>Confined to one event loop.
 */
final class Gate implements Handler<HttpServerRequest> {
  private static final Logger log = LoggerFactory.getLogger(Gate.class);

  /**
   * RFC 9110's methods, PATCH, QUERY and those of WebDAV; a method of another name might pass for
   * one of them.
   */
  private static final Set<String> METHODS =
      Set.of(
          "GET",
          "HEAD",
          "POST",
          "PUT",
          "DELETE",
          "OPTIONS",
          "PATCH",
          "QUERY",
          "PROPFIND",
          "PROPPATCH",
          "MKCOL",
          "COPY",
          "MOVE",
          "LOCK",
          "UNLOCK",
          "REPORT",
          "SEARCH",
          "ACL",
          "LINK",
          "UNLINK");

  private static final int MOST_CALLERS = 10_000;

  /** Of a body that is looked into. */
  private static final int MOST_PEEKED_BYTES = 8_192;

  private static final int MOST_LENGTH_DIGITS = 6;

  /** The other end of a connection, looked at once for all its requests. */
  private record Peer(IpAddress address, Caller caller, boolean trusted) {}

  private final Supplier<Rules> active;
  private final ClientAddress addresses;
  private final Identifier identifier;
  private final Decider decider;
  private final Shadows shadows;
  private final Trial trial;
  private final Forwarder forwarder;
  private final RequestLog requests;
  private final DecisionMeter meter;
  private final Map<Applied, RoutePolicy> policies = new IdentityHashMap<>();
  private final Map<Route, Admission> admissions = new IdentityHashMap<>();
  private final Map<SocketAddress, Peer> peers = new IdentityHashMap<>();
  private final Map<IpAddress, Caller> callers = new HashMap<>();
  private final OwnQuota quota;
  private @Nullable Rules rules;
  private HiddenKeys keys = HiddenKeys.NONE;

  Gate(
      Supplier<Rules> active,
      ClientAddress addresses,
      Identifier identifier,
      Decider decider,
      Shadows shadows,
      Trial trial,
      Forwarder forwarder,
      RequestLog requests,
      DecisionMeter meter) {
    this.active = active;
    this.addresses = addresses;
    this.identifier = identifier;
    this.decider = decider;
    this.shadows = shadows;
    this.trial = trial;
    this.forwarder = forwarder;
    this.requests = requests;
    this.meter = meter;
    this.quota = new OwnQuota(identifier, decider);
  }

  @Override
  public void handle(HttpServerRequest request) {
    Exchange exchange = new Exchange(request, System.nanoTime());
    requests.began(exchange);
    if (request.remoteAddress() == null) { // its connection was reset before it was looked at
      refuseMalformed(exchange);
      return;
    }
    try {
      admit(exchange);
    } catch (RuntimeException bug) {
      fail(exchange, bug);
    }
  }

  private void admit(Exchange exchange) {
    HttpServerRequest request = exchange.request;
    Rules current = current();
    exchange.keys = keys;
    Peer peer = peer(request.remoteAddress(), current);
    if (peer == null || request.headers().contains("")) {
      refuseMalformed(exchange);
      return;
    }
    exchange.peer = peer.address;
    exchange.caller = peer.trusted ? caller(peer.address, request, current) : peer.caller;
    String method = request.method().name();
    boolean http10 = request.version() == HttpVersion.HTTP_1_0;
    String uri = request.uri() == null ? "" : request.uri(); // HTTP/2's CONNECT has none
    RequestTarget target = RequestTarget.of(method, uri, hosts(request), http10);
    if (!(target instanceof RequestTarget.Accepted accepted) || !RequestHead.isFramed(request)) {
      refuseMalformed(exchange);
      return;
    }
    exchange.target = accepted;
    if (!isForwarded(method)) {
      exchange.answer(isKnown(method) ? Answers.METHOD_NOT_ALLOWED : Answers.NOT_IMPLEMENTED);
      return;
    }
    if (quota.takes(accepted, method)) {
      quota.answer(exchange);
      return;
    }
    Route route = current.route(accepted.host(), accepted.matchPath(), method);
    if (route == null) {
      exchange.answer(Answers.NOT_FOUND);
      return;
    }
    if (!route.match().takesPath(accepted.hasParameters(), accepted.hasEscapedSlash())) {
      refuseMalformed(exchange);
      return;
    }
    exchange.route = route;
    enter(exchange, route);
  }

  /** Whether requests of that method go to upstreams. */
  static boolean isForwarded(String method) {
    return METHODS.contains(method);
  }

  /** Whether a method that is not forwarded means something to proxies. */
  static boolean isKnown(String method) {
    return method.equals("CONNECT") || method.equals("TRACE");
  }

  private static List<String> hosts(HttpServerRequest request) {
    if (request.version() == HttpVersion.HTTP_2) {
      return request.authority() == null ? List.of() : List.of(request.authority().toString());
    }
    return request.headers().getAll(HttpHeaders.HOST);
  }

  /**
   * Closes the connection too: where one message was malformed, the next one's beginning is a
   * guess.
   */
  private static void refuseMalformed(Exchange exchange) {
    if (exchange.request.version() != HttpVersion.HTTP_2) {
      exchange.leaveConnection();
    }
    exchange.answer(Answers.BAD_REQUEST);
  }

  /** Finds out who sent it, and under which limits that one may come in. */
  private void enter(Exchange exchange, Route route) {
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
            guarded(
                exchange,
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
        later -> guarded(exchange, () -> identified(exchange, admission, sent, later)));
  }

  private void identified(
      Exchange exchange, Admission admission, Sent sent, Identified identified) {
    if (identified instanceof Identified.TooManyFailures failures) {
      String seconds = Long.toString(failures.retryAfterSeconds());
      exchange.answer(Answers.TOO_MANY_FAILURES, HttpHeaders.RETRY_AFTER, seconds);
    } else {
      admit(exchange, admission, sent, ((Identified.As) identified).credentials());
    }
  }

  private void admit(Exchange exchange, Admission admission, Sent sent, Credentials credentials) {
    Route route = exchange.route();
    Admitted admitted = admission.of(new Parts(sent, route, exchange.caller(), credentials));
    if (admitted instanceof Admitted.Limited limited) {
      decide(exchange, limited);
    } else if (admitted instanceof Admitted.Free) {
      forward(exchange);
    } else if (admitted instanceof Admitted.Denied) {
      exchange.answer(Answers.FORBIDDEN);
    } else if (admitted instanceof Admitted.Blocked blocked) {
      exchange.answer(Answers.BLOCKED, HttpHeaders.RETRY_AFTER, httpDate(blocked.until()));
    } else if (admission.needsToken()) {
      exchange.answer(Answers.UNAUTHORIZED, HttpHeaderNames.WWW_AUTHENTICATE, "Bearer");
    } else {
      exchange.answer(Answers.UNAUTHORIZED);
    }
  }

  private static String httpDate(Instant instant) {
    return DateTimeFormatter.RFC_1123_DATE_TIME.format(instant.atOffset(ZoneOffset.UTC));
  }

  private void decide(Exchange exchange, Admitted.Limited limited) {
    Charge charge = limited.charge();
    if (charge == null) {
      pass(exchange, limited);
      return;
    }
    exchange.policy = policy(limited, charge);
    if (charge.isRefundable()) {
      exchange.refunding = new Refunding(decider, limited.applied().enforced());
    }
    Decision now = decider.decideNow(charge);
    if (now != null) {
      decided(exchange, limited, now);
      return;
    }
    exchange.body.hold();
    decider
        .decide(charge)
        .onComplete(
            decision -> decided(exchange, limited, decision),
            noAnswer -> undecided(exchange, limited, charge));
  }

  /** Only what goes to its upstream counts for limits in shadow, as it would if they were not. */
  private void pass(Exchange exchange, Admitted.Limited limited) {
    if (!limited.shadows().isEmpty()) {
      exchange.shadows = shadows.ask(limited);
    }
    forward(exchange);
  }

  private void forward(Exchange exchange) {
    if (exchange.trial != null) {
      exchange.trial.passes();
    }
    requests.passes();
    forwarder.forward(exchange, exchange.route());
  }

  private RoutePolicy policy(Admitted.Limited limited, Charge charge) {
    List<LimitRule> enforced = limited.applied().enforced();
    return limited.own()
        ? new RoutePolicy(enforced, charge)
        : policies.computeIfAbsent(limited.applied(), each -> new RoutePolicy(enforced, charge));
  }

  /** Goes on with a request that had to wait, if there still is one. */
  private static void guarded(Exchange exchange, Runnable step) {
    if (exchange.isOver()) {
      return;
    }
    try {
      step.run();
    } catch (RuntimeException bug) {
      fail(exchange, bug);
    }
  }

  private void decided(Exchange exchange, Admitted.Limited limited, Decision decision) {
    if (exchange.isOver()) {
      decider.unused(decision);
      return;
    }
    exchange.decision = decision;
    if (decision.isDegraded() && decision.charge().onStoreFailure() == OnStoreFailure.ALLOW) {
      exchange.policy = null; // nobody knows where the limits stand
    }
    try {
      if (decision.allowed()) {
        pass(exchange, limited);
      } else {
        exchange.refuse();
      }
    } catch (RuntimeException bug) {
      fail(exchange, bug);
    }
  }

  private static void fail(Exchange exchange, RuntimeException bug) {
    log.error("a request failed", bug);
    exchange.answer(Answers.INTERNAL_ERROR);
  }

  /** The store could not say, in time or at all: the limits say what then. */
  private void undecided(Exchange exchange, Admitted.Limited limited, Charge charge) {
    if (exchange.isOver()) {
      return;
    }
    boolean allowed = charge.onStoreFailure() == OnStoreFailure.ALLOW;
    meter.degraded(charge, allowed);
    exchange.policy = null;
    if (!allowed) {
      exchange.answer(Answers.LIMITER_UNAVAILABLE);
      return;
    }
    try {
      pass(exchange, limited);
    } catch (RuntimeException bug) {
      fail(exchange, bug);
    }
  }

  /** The rules for this request; what was kept of older ones is dropped. */
  private Rules current() {
    Rules now = active.get();
    if (now != rules) {
      rules = now;
      policies.clear();
      admissions.clear();
      callers.clear();
      peers.clear();
      quota.rulesChanged(now);
      keys = new HiddenKeys(now.apiKeyPlaces());
      identifier.rulesChanged(now);
      decider.rulesChanged(now);
      shadows.rulesChanged(now);
    }
    return now;
  }

  private @Nullable Peer peer(SocketAddress remote, Rules current) {
    Peer known = peers.get(remote);
    if (known != null) {
      return known;
    }
    IpAddress address = IpAddress.parse(remote.hostAddress());
    if (address == null) {
      return null;
    }
    if (peers.size() >= MOST_CALLERS) {
      peers.clear();
    }
    Caller caller = Caller.of(address, current.identity().ipv6Prefix(), false);
    Peer peer = new Peer(address, caller, addresses.trusts(address));
    peers.put(remote, peer);
    return peer;
  }

  /** Who sent a request that came through a trusted proxy. */
  private Caller caller(IpAddress peer, HttpServerRequest request, Rules current) {
    IpAddress client = addresses.of(peer, request.headers()::getAll);
    if (callers.size() >= MOST_CALLERS) {
      callers.clear();
    }
    return callers.computeIfAbsent(
        client, address -> Caller.of(address, current.identity().ipv6Prefix(), true));
  }
}
