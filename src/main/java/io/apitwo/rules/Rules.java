package io.apitwo.rules;

import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The compiled rules: an immutable snapshot that serves a request from its start to its end.
 *
 * @param routes in the document's order
 * @param generation what the document says of its own age; 0 when it says nothing
 * @param adjustments what is ordered for single clients beside the document
 */
public record Rules(
    Map<String, Upstream> upstreams,
    List<Route> routes,
    Map<String, LimitRule> limits,
    Identity identity,
    Access access,
    long generation,
    Adjustments adjustments) {
  /** Without orders for single clients. */
  public Rules(
      Map<String, Upstream> upstreams,
      List<Route> routes,
      Map<String, LimitRule> limits,
      Identity identity,
      Access access,
      long generation) {
    this(upstreams, routes, limits, identity, access, generation, Adjustments.NONE);
  }

  public Rules {
    upstreams = Map.copyOf(upstreams);
    routes = List.copyOf(routes);
    limits = Map.copyOf(limits);
  }

  /** The same rules with other orders for single clients. */
  public Rules with(Adjustments others) {
    return new Rules(upstreams, routes, limits, identity, access, generation, others);
  }

  /** All limits of a name: the document's own, and those that plans have in its place. */
  public Stream<LimitRule> limitsNamed(String name) {
    Stream<LimitRule> ofPlans =
        access.plans().stream().flatMap(plan -> Stream.ofNullable(plan.limits().get(name)));
    return Stream.concat(Stream.ofNullable(limits.get(name)), ofPlans);
  }

  /** Whether some limit, plan or list looks at such a part of requests. */
  public boolean names(Predicate<KeyPart> part) {
    return parts().anyMatch(part);
  }

  /** Where API keys stand. Takes a while; to be asked once for each snapshot. */
  public ApiKeyPlaces apiKeyPlaces() {
    return ApiKeyPlaces.of(parts(), !identity.apiKeys().isEmpty());
  }

  private Stream<KeyPart> parts() {
    Stream<LimitRule> all =
        Stream.concat(
            limits.values().stream(),
            access.plans().stream().flatMap(plan -> plan.limits().values().stream()));
    Stream<Carries> conditions =
        Stream.of(
                access.plans().stream().flatMap(plan -> plan.when().stream()),
                access.allow().clients().stream(),
                access.deny().clients().stream())
            .flatMap(each -> each);
    return Stream.concat(
        all.flatMap(rule -> rule.clients().parts().stream()), conditions.map(Carries::part));
  }

  /**
   * The first route that matches, or null.
   *
   * @param host in lower case, without a port
   * @param path canonical, without path parameters
   */
  public @Nullable Route route(String host, String path, String method) {
    for (Route route : routes) {
      if (route.match().matches(host, path, method)) {
        return route;
      }
    }
    return null;
  }
}
