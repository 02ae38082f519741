package io.apitwo.proxy;

import io.apitwo.decide.Decider;
import io.apitwo.identify.Admission;
import io.apitwo.identify.Admitted;
import io.apitwo.identify.Credentials;
import io.apitwo.identify.Identified;
import io.apitwo.identify.Identifier;
import io.apitwo.identify.Parts;
import io.apitwo.limit.Charge;
import io.apitwo.rules.QuotaRoute;
import io.apitwo.rules.Route;
import io.apitwo.rules.Rules;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Tells clients where they stand, without charging them: their limits as JSON, at the path that the
 * rules name. What is told is up to a second old, so that asking often costs next to nothing.
 *
 * <p>Confined to one event loop.
 */
final class OwnQuota {
  private static final long FRESH_NANOS = 1_000_000_000L;
  private static final int MOST_REMEMBERED = 1_000;

  /** What was told last. */
  private record Told(Future<Usage> usage, long nanos) {}

  private final Identifier identifier;
  private final Decider decider;
  private final Map<Charge, Told> remembered = new HashMap<>();
  private @Nullable Route route;
  private @Nullable Admission admission;

  OwnQuota(Identifier identifier, Decider decider) {
    this.identifier = identifier;
    this.decider = decider;
  }

  void rulesChanged(Rules rules) {
    remembered.clear();
    route = QuotaRoute.of(rules);
    admission = route == null ? null : new Admission(rules, route);
  }

  /** Whether a request asks for its sender's limits. */
  boolean takes(RequestTarget.Accepted target, String method) {
    return route != null
        && route.match().matches(target.host(), target.matchPath(), method)
        && route.match().takesPath(target.hasParameters(), target.hasEscapedSlash());
  }

  /** Ends the exchange with the limits of its client. */
  void answer(Exchange exchange) {
    Admission here = Objects.requireNonNull(admission);
    Sent request = new Sent(exchange, null);
    Identified now =
        here.needsCredentials()
            ? identifier.now(request, exchange.caller(), here)
            : Identified.NOBODY;
    if (now != null) {
      identified(exchange, request, here, now);
    } else {
      identifier.ask(
          request, exchange.caller(), here, later -> identified(exchange, request, here, later));
    }
  }

  private void identified(Exchange exchange, Sent request, Admission here, Identified identified) {
    if (identified instanceof Identified.TooManyFailures failures) {
      Entrance.turnAway(exchange, failures);
      return;
    }
    Credentials credentials = ((Identified.As) identified).credentials();
    Parts parts = new Parts(request, Objects.requireNonNull(route), exchange.caller(), credentials);
    Admitted admitted = here.of(parts);
    if (admitted instanceof Admitted.Limited limited) {
      tell(exchange, limited);
    } else if (admitted instanceof Admitted.Free) {
      tell(exchange, null);
    } else {
      Entrance.turnAway(exchange, here, admitted);
    }
  }

  private void tell(Exchange exchange, Admitted.@Nullable Limited limited) {
    JsonObject answer = new JsonObject().put("plan", null).put("limits", new JsonArray());
    if (limited == null || limited.charge() == null) {
      send(exchange, answer);
      return;
    }
    if (limited.applied().plan() != null) {
      answer.put("plan", limited.applied().plan().name());
    }
    usage(limited.charge())
        .onSuccess(
            usage -> {
              JsonArray limits = new JsonArray();
              usage.toJson().forEach(limits::add);
              send(exchange, answer.put("limits", limits));
            });
  }

  private Future<Usage> usage(Charge charge) {
    long now = System.nanoTime();
    Told told = remembered.get(charge);
    if (told != null && now - told.nanos() < FRESH_NANOS) {
      return told.usage();
    }
    if (remembered.size() >= MOST_REMEMBERED) {
      remembered.clear();
    }
    Future<Usage> usage = decider.look(charge).map(standing -> new Usage(charge, standing, false));
    remembered.put(charge, new Told(usage, now));
    return usage;
  }

  private static void send(Exchange exchange, JsonObject answer) {
    if (!exchange.isOver()) {
      exchange.tell(answer);
    }
  }
}
