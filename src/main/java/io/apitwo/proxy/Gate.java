package io.apitwo.proxy;

import io.apitwo.rules.Route;
import io.apitwo.rules.Rules;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The beginning of a request's life: checks it, gives it a canonical target and a route, and hands
 * it to the {@link Entrance}; what is malformed or has no route is answered here.
 *
 * <p>Confined to one event loop.
 */
final class Gate implements Handler<HttpServerRequest> {
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

  private final Supplier<Rules> active;
  private final Senders senders;
  private final Entrance entrance;
  private final OwnQuota quota;
  private final RequestLog requests;
  private @Nullable Rules rules;
  private HiddenKeys keys = HiddenKeys.NONE;

  Gate(
      Supplier<Rules> active,
      Senders senders,
      Entrance entrance,
      OwnQuota quota,
      RequestLog requests) {
    this.active = active;
    this.senders = senders;
    this.entrance = entrance;
    this.quota = quota;
    this.requests = requests;
  }

  @Override
  public void handle(HttpServerRequest request) {
    Exchange exchange = new Exchange(request, System.nanoTime());
    if (!requests.began(exchange)) {
      return;
    }
    if (request.remoteAddress() == null) { // its connection was reset before it was looked at
      refuseMalformed(exchange);
      return;
    }
    try {
      admit(exchange);
    } catch (RuntimeException bug) {
      exchange.fail(bug);
    }
  }

  private void admit(Exchange exchange) {
    HttpServerRequest request = exchange.request;
    Rules current = current();
    exchange.keys = keys;
    Senders.Peer peer = senders.peer(exchange.client(), request.remoteAddress(), current);
    if (peer == null || request.headers().contains("")) {
      refuseMalformed(exchange);
      return;
    }
    exchange.peer = peer.address();
    exchange.caller =
        peer.trusted() ? senders.caller(peer.address(), request, current) : peer.caller();
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
    entrance.enter(exchange, route);
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

  /** The rules for this request; what was kept of older ones is dropped. */
  private Rules current() {
    Rules now = active.get();
    if (now != rules) {
      rules = now;
      senders.rulesChanged();
      quota.rulesChanged(now);
      keys = new HiddenKeys(now.apiKeyPlaces());
      entrance.rulesChanged(now);
    }
    return now;
  }
}
