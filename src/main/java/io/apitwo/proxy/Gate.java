package io.apitwo.proxy;

import io.apitwo.decide.Decider;
import io.apitwo.identify.ClientAddress;
import io.apitwo.identify.ClientKey;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Decision;
import io.apitwo.limit.OnStoreFailure;
import io.apitwo.limit.Subject;
import io.apitwo.rules.IpAddress;
import io.apitwo.rules.LimitRule;
import io.apitwo.rules.Route;
import io.apitwo.rules.Rules;
import io.apitwo.telemetry.DecisionMeter;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.SocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
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

  /** The other end of a connection, looked at once for all its requests. */
  private record Peer(IpAddress address, Caller caller, boolean trusted) {}

  private final Supplier<Rules> active;
  private final ClientAddress addresses;
  private final Decider decider;
  private final Forwarder forwarder;
  private final RequestLog requests;
  private final DecisionMeter meter;
  private final Map<Route, RoutePolicy> policies = new IdentityHashMap<>();
  private final Map<SocketAddress, Peer> peers = new IdentityHashMap<>();
  private final Map<IpAddress, Caller> callers = new HashMap<>();
  private @Nullable Rules rules;

  Gate(
      Supplier<Rules> active,
      ClientAddress addresses,
      Decider decider,
      Forwarder forwarder,
      RequestLog requests,
      DecisionMeter meter) {
    this.active = active;
    this.addresses = addresses;
    this.decider = decider;
    this.forwarder = forwarder;
    this.requests = requests;
    this.meter = meter;
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
    if (!METHODS.contains(method)) {
      boolean known = method.equals("CONNECT") || method.equals("TRACE");
      exchange.answer(known ? Answers.METHOD_NOT_ALLOWED : Answers.NOT_IMPLEMENTED);
      return;
    }
    Route route = current.route(accepted.host(), accepted.matchPath(), method);
    if (route == null) {
      exchange.answer(Answers.NOT_FOUND);
      return;
    }
    exchange.route = route;
    decide(exchange, route);
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

  private void decide(Exchange exchange, Route route) {
    if (route.limits().isEmpty()) {
      forwarder.forward(exchange, route);
      return;
    }
    Charge charge = charge(exchange, route);
    if (charge == null) {
      exchange.answer(Answers.UNAUTHORIZED);
      return;
    }
    exchange.policy = policies.computeIfAbsent(route, RoutePolicy::new);
    Decision now = decider.decideNow(charge);
    if (now != null) {
      decided(exchange, route, now);
      return;
    }
    exchange.holdBody();
    decider
        .decide(charge)
        .onComplete(
            decision -> decided(exchange, route, decision),
            noAnswer -> undecided(exchange, route, charge));
  }

  private static @Nullable Charge charge(Exchange exchange, Route route) {
    List<Subject> subjects = new ArrayList<>(route.limits().size());
    for (LimitRule rule : route.limits()) {
      String client =
          ClientKey.of(
              rule.by(),
              rule.missing(),
              exchange.caller().client(),
              exchange.request.headers()::getAll);
      if (client == null) {
        return null;
      }
      subjects.add(new Subject(rule.limit(), client));
    }
    return new Charge(subjects, route.cost());
  }

  private void decided(Exchange exchange, Route route, Decision decision) {
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
        forwarder.forward(exchange, route);
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
  private void undecided(Exchange exchange, Route route, Charge charge) {
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
      forwarder.forward(exchange, route);
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
      callers.clear();
      peers.clear();
      decider.rulesChanged(now);
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
    Caller caller = Caller.of(address, current.ipv6Prefix());
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
    return callers.computeIfAbsent(client, address -> Caller.of(address, current.ipv6Prefix()));
  }
}
