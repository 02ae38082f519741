package io.apitwo.proxy;

import io.apitwo.identify.Admission;
import io.apitwo.identify.Admitted;
import io.apitwo.identify.Caller;
import io.apitwo.identify.ClientAddress;
import io.apitwo.identify.Credentials;
import io.apitwo.identify.Identified;
import io.apitwo.identify.Identifier;
import io.apitwo.identify.Parts;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Standing;
import io.apitwo.rules.Route;
import io.apitwo.rules.Rules;
import io.apitwo.rules.Sample;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Says what would become of a request, and why: the very classes that decide about real ones look
 * at a {@link Sample} instead, and nothing is counted.
 *
 * <p>Confined to one thread.
 */
public final class Explainer {
  private static final String NO_METHOD = "the method is not forwarded";
  private static final String ON_ALLOW_LIST = "the client is on the allow list";

  private final ClientAddress addresses;
  private final Identifier identifier;
  private final Function<Charge, Future<@Nullable Standing>> usage;
  private @Nullable Rules known;

  /**
   * @param usage where the buckets of a charge stand; null when nobody knows
   */
  public Explainer(
      ClientAddress addresses,
      Identifier identifier,
      Function<Charge, Future<@Nullable Standing>> usage) {
    this.addresses = addresses;
    this.identifier = identifier;
    this.usage = usage;
  }

  /**
   * Explains one request.
   *
   * @return a JSON object: {@code verdict} (one of allowed, refused, denied, unidentified,
   *     malformed, unroutable), {@code status} (0 for that of the upstream), {@code why}, and what
   *     is known of route, client, plan and limits. Does not fail
   */
  public Future<JsonObject> explain(Rules rules, Sample sample) {
    if (rules != known) {
      known = rules;
      identifier.rulesChanged(rules);
    }
    JsonObject answer = new JsonObject();
    List<String> hosts = sample.headers().getOrDefault("host", List.of("localhost"));
    RequestTarget target = RequestTarget.of(sample.method(), sample.url(), hosts, false);
    if (target instanceof RequestTarget.Refused refused) {
      return verdict(answer, "malformed", 400, refused.reason());
    }
    RequestTarget.Accepted accepted = (RequestTarget.Accepted) target;
    Caller caller = caller(rules, sample);
    answer
        .put("method", sample.method())
        .put("host", accepted.host())
        .put("path", accepted.path())
        .put("address", caller.text());
    if (!Gate.isForwarded(sample.method())) {
      int status = Gate.isKnown(sample.method()) ? 405 : 501;
      return verdict(answer, "malformed", status, NO_METHOD);
    }
    Route route = rules.route(accepted.host(), accepted.matchPath(), sample.method());
    if (route == null) {
      return verdict(answer, "unroutable", 404, "no route matches");
    }
    answer.put("route", route.id()).put("upstream", route.upstream().name());
    if (!route.match().takesPath(accepted.hasParameters(), accepted.hasEscapedSlash())) {
      return verdict(answer, "malformed", 400, "the route does not take such a path");
    }
    Admission admission = new Admission(rules, route);
    Sampled request = new Sampled(sample, accepted);
    return credentials(request, caller, admission, rules)
        .compose(
            identified ->
                identified instanceof Identified.As known
                    ? admitted(
                        answer, admission, new Parts(request, route, caller, known.credentials()))
                    : verdict(answer, "unidentified", 429, "too many failed attempts"));
  }

  private Caller caller(Rules rules, Sample sample) {
    boolean vouched = addresses.trusts(sample.address());
    return Caller.of(
        addresses.of(sample.address(), name -> sample.headers().getOrDefault(name, List.of())),
        rules.identity().ipv6Prefix(),
        vouched);
  }

  private Future<Identified> credentials(
      Sampled request, Caller caller, Admission admission, Rules rules) {
    Sample sample = request.sample();
    if (sample.claims() != null || sample.consumer() != null) {
      Map<String, Object> claims =
          sample.claims() == null ? Map.of() : new HashMap<>(sample.claims());
      String consumer = sample.consumer();
      String plan = consumer == null ? null : rules.identity().apiKeys().planOf(consumer);
      return Future.succeededFuture(new Identified.As(new Credentials(claims, consumer, plan)));
    }
    Identified now = identifier.now(request, caller, admission);
    if (now != null) {
      return Future.succeededFuture(now);
    }
    Promise<Identified> later = Promise.promise();
    identifier.ask(request, caller, admission, later::complete);
    return later.future();
  }

  private Future<JsonObject> admitted(JsonObject answer, Admission admission, Parts parts) {
    Credentials credentials = parts.credentials();
    answer
        .put("claims", new JsonObject(credentials.claimsAsJson()))
        .put("consumer", credentials.consumer());
    Admitted admitted = admission.of(parts);
    if (admitted instanceof Admitted.Denied) {
      return verdict(answer, "denied", 403, "the client is on the deny list");
    }
    if (admitted instanceof Admitted.Blocked blocked) {
      return verdict(
          answer, "denied", 403, "an operator blocks the client until " + blocked.until());
    }
    if (admitted instanceof Admitted.Unidentified) {
      return verdict(answer, "unidentified", 401, "a limit wants to know who sends it");
    }
    if (!(admitted instanceof Admitted.Limited limited)) {
      boolean none = parts.route().limits().isEmpty();
      String why = none ? "the route has no limits" : ON_ALLOW_LIST;
      return verdict(answer, "allowed", 0, why);
    }
    answer.put("plan", limited.applied().plan() == null ? null : limited.applied().plan().name());
    List<Future<Usage>> usages = new ArrayList<>();
    if (limited.charge() != null) {
      usages.add(usage(limited.charge(), false));
    }
    limited.shadows().forEach(shadow -> usages.add(usage(shadow, true)));
    boolean free = limited.charge() == null && !limited.applied().enforced().isEmpty();
    return Future.all(usages).compose(all -> limited(answer, all.list(), free));
  }

  private Future<Usage> usage(Charge charge, boolean shadow) {
    return usage
        .apply(charge)
        .<@Nullable Standing>otherwise(unknown -> null)
        .map(standing -> new Usage(charge, standing, shadow));
  }

  /**
   * @param free whether limits that refuse are there, and not for this client
   */
  private static Future<JsonObject> limited(JsonObject answer, List<Usage> usages, boolean free) {
    JsonArray limits = new JsonArray();
    List<String> full = new ArrayList<>();
    boolean known = true;
    for (Usage usage : usages) {
      answer.put("cost", usage.charge().cost());
      usage.toJson().forEach(limits::add);
      if (!usage.shadow()) {
        full.addAll(usage.full());
        known &= usage.standing() != null;
      }
    }
    answer.put("limits", limits);
    if (!full.isEmpty()) {
      return verdict(answer, "refused", 429, "used up: " + String.join(", ", full));
    }
    if (free) {
      return verdict(answer, "allowed", 0, ON_ALLOW_LIST);
    }
    String why =
        known ? "every limit has room" : "nobody says what is used: allowed unless that is all";
    return verdict(answer, "allowed", 0, why);
  }

  private static Future<JsonObject> verdict(
      JsonObject answer, String verdict, int status, String why) {
    return Future.succeededFuture(
        answer.put("verdict", verdict).put("status", status).put("why", why));
  }
}
