package io.apitwo.proxy;

import io.apitwo.identify.ClientAddress;
import io.apitwo.rules.Route;
import io.apitwo.rules.Upstream;
import io.apitwo.upstream.Balancer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;

/**
 * The second half of a request's life: takes what may pass to its upstream.
 *
 * <p>Confined to one event loop.
 */
final class Forwarder {
  private final Targets targets;
  private final Balancer balancer;
  private final ClientAddress addresses;

  Forwarder(Targets targets, Balancer balancer, ClientAddress addresses) {
    this.targets = targets;
    this.balancer = balancer;
    this.addresses = addresses;
  }

  void forward(Exchange exchange, Route route) {
    if (route.upstream() instanceof Upstream.Servers servers) {
      forward(exchange, servers);
    } else {
      echo(exchange);
    }
  }

  private void forward(Exchange exchange, Upstream.Servers servers) {
    RequestHead head = new RequestHead(exchange, forwarding(exchange));
    if (head.hasBody()) {
      exchange.body.hold();
    }
    exchange.askForBody(); // not before the limits have let the request pass
    exchange.call = new UpstreamCall(exchange, servers, head, targets, balancer);
    exchange.call.start();
  }

  private ForwardingHeaders forwarding(Exchange exchange) {
    HttpServerRequest request = exchange.request;
    ForwardingHeaders.Hop hop =
        new ForwardingHeaders.Hop(
            exchange.caller().text(),
            exchange.peer().toString(),
            request.isSSL() ? "https" : "http",
            exchange.target().authority());
    return addresses.trusts(exchange.peer())
        ? ForwardingHeaders.appended(hop, request.headers()::getAll)
        : ForwardingHeaders.fresh(hop);
  }

  private static void echo(Exchange exchange) {
    exchange.responded(200);
    exchange.addLimitHeaders();
    exchange.markConnection();
    exchange
        .response
        .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
        .end("{\"origin\":\"" + exchange.caller().text() + "\"}");
    exchange.body.release();
  }
}
