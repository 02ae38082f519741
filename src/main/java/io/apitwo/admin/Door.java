package io.apitwo.admin;

import io.apitwo.rules.IpAddress;
import io.apitwo.telemetry.AdminMeter;
import io.apitwo.telemetry.AdminMeter.Outcome;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import io.vertx.ext.web.RoutingContext;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

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

  private final AdminToken token;
  private final Attempts attempts;
  private final Attempts lines;
  private final AuditLog audit;
  private final AdminMeter meter;

  /**
   * @param nanoTime elapsed time
   */
  Door(AdminToken token, LongSupplier nanoTime, AuditLog audit, AdminMeter meter) {
    this.token = token;
    this.attempts = new Attempts(nanoTime);
    this.lines = new Attempts(nanoTime);
    this.audit = audit;
    this.meter = meter;
  }

  void take(RoutingContext context) {
    String peer = peer(context.request());
    long wait = attempts.waitSeconds(peer);
    if (wait > 0) {
      meter.request(Outcome.THROTTLED);
      Answer.message(429, "too many wrong tokens from this address")
          .with("Retry-After", Long.toString(wait))
          .send(context.response());
    } else if (context.request().headers().contains(HttpHeaders.ORIGIN)) {
      refuse(context, 403, "Not for browsers", "an Origin");
    } else if (tokenInQuery(context)) {
      String where = "a token in the URL is not taken (expected: Authorization: Bearer)";
      refuse(context, 401, where, "a token in the URL");
    } else if (token.matches(context.request().getHeader(HttpHeaders.AUTHORIZATION))) {
      context.next();
    } else if (context.request().headers().contains(HttpHeaders.AUTHORIZATION)) {
      attempts.failed(peer);
      refuse(context, 401, "Unauthorized", "a wrong token");
      if (attempts.waitSeconds(peer) > 0) {
        audit.refused(context, 429, "too many wrong tokens; not heard for a while");
      }
    } else {
      refuse(context, 401, "Unauthorized", "no token");
    }
  }

  private void refuse(RoutingContext context, int status, String message, String because) {
    String peer = peer(context.request());
    if (lines.waitSeconds(peer) == 0) {
      lines.failed(peer);
      audit.refused(context, status, because);
    }
    meter.request(status == 401 ? Outcome.TOKEN : Outcome.BROWSER);
    Answer answer = Answer.message(status, message);
    (status == 401 ? answer.with("WWW-Authenticate", "Bearer") : answer).send(context.response());
  }

  private boolean tokenInQuery(RoutingContext context) {
    for (Map.Entry<String, String> parameter : context.queryParams()) {
      if (TOKEN_PARAMETERS.contains(parameter.getKey().toLowerCase(Locale.ROOT))
          || token.matches("Bearer " + parameter.getValue())) {
        return true;
      }
    }
    return false;
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
