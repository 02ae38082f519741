package io.apitwo.admin;

import io.apitwo.admin.Doorkeeper.Visitor;
import io.apitwo.rules.IpAddress;
import io.apitwo.telemetry.AdminMeter.Outcome;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.RoutingContext;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Lets those in who hold the token. Browsers are kept out: there are no CORS answers, and a request
 * with an {@code Origin} is refused. A token in a URL is refused even if it is the right one, for
 * URLs end up in logs. Who shows too many wrong ones has to wait, even with the right one. A page
 * in a browser cannot have its user wait: it can send neither a header nor what counts as a try.
 */
final class Door {
  private static final Set<String> TOKEN_PARAMETERS =
      Set.of("token", "access_token", "api_key", "apikey", "authorization", "bearer");

  private static final int SUBSCRIBER_PREFIX = 64;

  private final Doorkeeper keeper;

  Door(Doorkeeper keeper) {
    this.keeper = keeper;
  }

  void take(RoutingContext context) {
    HttpServerRequest request = context.request();
    String what = request.method() + " " + AuditLog.path(request.path());
    Visitor visitor = new Visitor(peer(request), address(request), what);
    String authorization = request.getHeader(HttpHeaders.AUTHORIZATION);
    long wait = keeper.waitSeconds(visitor);
    if (wait > 0) {
      Answer.message(429, "too many wrong tokens from this address")
          .with("Retry-After", Long.toString(wait))
          .send(context.response());
    } else if (request.headers().contains(HttpHeaders.ORIGIN)) {
      keeper.refused(visitor, 403, Outcome.BROWSER, "an Origin");
      Answer.message(403, "Not for browsers").send(context.response());
    } else if (tokenInQuery(context)) {
      keeper.refused(visitor, 401, Outcome.TOKEN, "a token in the URL");
      unauthorized(context, "a token in the URL is not taken (expected: Authorization: Bearer)");
    } else if (keeper.opens(authorization)) {
      context.next();
    } else if (authorization != null) {
      keeper.wrong(visitor);
      unauthorized(context, "Unauthorized");
    } else {
      keeper.refused(visitor, 401, Outcome.TOKEN, "no token");
      unauthorized(context, "Unauthorized");
    }
  }

  private static void unauthorized(RoutingContext context, String message) {
    Answer.message(401, message).with("WWW-Authenticate", "Bearer").send(context.response());
  }

  private boolean tokenInQuery(RoutingContext context) {
    for (Map.Entry<String, String> parameter : context.queryParams()) {
      if (TOKEN_PARAMETERS.contains(parameter.getKey().toLowerCase(Locale.ROOT))
          || isToken(parameter.getKey())
          || isToken(parameter.getValue())) {
        return true;
      }
    }
    return false;
  }

  private boolean isToken(String text) {
    return keeper.opens(text) || keeper.opens("Bearer " + text);
  }

  /** Whose tries are counted together: an address, of IPv6 the network that one subscriber has. */
  private static String peer(HttpServerRequest request) {
    IpAddress address = IpAddress.parse(address(request));
    return address == null ? "unknown" : address.client(SUBSCRIBER_PREFIX);
  }

  /** The address of the other end of the connection; nobody's word is taken for another one. */
  static String address(HttpServerRequest request) {
    SocketAddress remote = request.remoteAddress();
    String host = remote == null ? null : remote.hostAddress();
    return host == null ? "unknown" : host;
  }
}
