package io.apitwo.identify;

import io.apitwo.limit.Charge;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Subject;
import io.apitwo.rules.Access;
import io.apitwo.rules.Adjustments;
import io.apitwo.rules.Carries;
import io.apitwo.rules.ClientList;
import io.apitwo.rules.KeyPart;
import io.apitwo.rules.LimitRule;
import io.apitwo.rules.Plan;
import io.apitwo.rules.Route;
import io.apitwo.rules.Rules;
import java.time.Instant;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The admission to one route: from what a request carries to the limits that it is charged for.
 *
 * <p>Immutable but for what it remembers; confined to one thread.
 */
public final class Admission {
  private static final Admitted DENIED = new Admitted.Denied();
  private static final Admitted UNIDENTIFIED = new Admitted.Unidentified();
  private static final Admitted FREE = new Admitted.Free();
  private static final int MOST_COST_DIGITS = 7;

  private final Route route;
  private final Access access;
  private final Adjustments adjustments;
  private final Applied standard;
  private final Map<Plan, Applied> byPlan = new IdentityHashMap<>();
  private final boolean body;
  private final boolean token;
  private final boolean apiKey;

  public Admission(Rules rules, Route route) {
    this.route = route;
    this.access = rules.access();
    this.adjustments = rules.adjustments();
    this.standard = Applied.of(null, route.limits());
    this.body = looksAt(part -> part instanceof KeyPart.Body);
    this.token = rules.identity().jwt() != null && looksAt(part -> part instanceof KeyPart.Claim);
    boolean plans = !access.plans().isEmpty();
    this.apiKey =
        !rules.identity().apiKeys().isEmpty()
            && (plans
                || looksAt(part -> part instanceof KeyPart.ApiKey)
                || looksAt(part -> part instanceof KeyPart.Consumer));
  }

  private boolean looksAt(Predicate<KeyPart> kind) {
    Stream<LimitRule> rules =
        Stream.concat(
            route.limits().stream(),
            access.plans().stream().flatMap(plan -> plan.apply(route.limits()).stream()));
    Stream<Carries> conditions =
        Stream.of(
                access.plans().stream().flatMap(plan -> plan.when().stream()),
                access.allow().clients().stream(),
                access.deny().clients().stream())
            .flatMap(each -> each);
    return Stream.concat(
            rules.flatMap(rule -> rule.clients().parts().stream()), conditions.map(Carries::part))
        .anyMatch(kind);
  }

  /** Whether a field of the body is looked at. */
  public boolean needsBody() {
    return body;
  }

  /** Whether it matters who sent the request beyond its address. */
  public boolean needsCredentials() {
    return token || apiKey;
  }

  /** Whether a claim of a token is looked at. */
  public boolean needsToken() {
    return token;
  }

  /** Whether a consumer or its plan is looked at. */
  public boolean needsApiKey() {
    return apiKey;
  }

  /** Lets a request in, or not. */
  public Admitted of(Parts request) {
    if (isOn(access.deny(), request, true)) {
      return DENIED;
    }
    Instant blockedUntil = adjustments.hasBlocks() ? blockedUntil(request) : null;
    if (blockedUntil != null) {
      return new Admitted.Blocked(blockedUntil);
    }
    if (route.limits().isEmpty()) {
      return FREE;
    }
    Applied applied = applied(request);
    if (isOn(access.allow(), request, request.caller().vouched())) {
      List<Charge> shadows = shadows(applied, request, cost(request));
      return shadows.isEmpty() ? FREE : new Admitted.Limited(applied, null, shadows, false);
    }
    List<Subject> subjects = new ArrayList<>(applied.enforced().size());
    boolean own = false;
    for (LimitRule rule : applied.enforced()) {
      String client = ClientKey.of(rule.clients(), request);
      if (client == null) {
        return UNIDENTIFIED;
      }
      Limit limit = adjustments.limitOf(rule, client);
      own |= limit != rule.limit();
      subjects.add(new Subject(limit, client));
    }
    long cost = cost(request);
    Charge charge = subjects.isEmpty() ? null : new Charge(subjects, cost);
    return new Admitted.Limited(applied, charge, shadows(applied, request, cost), own);
  }

  /** By the address, or by the key of any of the route's limits. */
  private @Nullable Instant blockedUntil(Parts request) {
    Instant until = adjustments.blockedUntil(request.caller().client());
    Applied applied = applied(request);
    for (List<LimitRule> rules : List.of(applied.enforced(), applied.shadows())) {
      for (LimitRule rule : rules) {
        String client = until == null ? ClientKey.of(rule.clients(), request) : null;
        until = client == null ? until : adjustments.blockedUntil(client);
      }
    }
    return until;
  }

  /** A shadow refuses nobody: who does not say who they are is not counted. */
  private List<Charge> shadows(Applied applied, Parts request, long cost) {
    if (applied.shadows().isEmpty()) {
      return List.of();
    }
    List<Charge> charges = new ArrayList<>();
    for (LimitRule rule : applied.shadows()) {
      String client = ClientKey.of(rule.clients(), request);
      if (client != null) {
        charges.add(
            new Charge(List.of(new Subject(adjustments.limitOf(rule, client), client)), cost));
      }
    }
    return charges;
  }

  private Applied applied(Parts request) {
    if (access.plans().isEmpty()) {
      return standard;
    }
    Plan plan = plan(request);
    return plan == null
        ? standard
        : byPlan.computeIfAbsent(plan, each -> Applied.of(each, route.limits()));
  }

  /** The plan of the API key, else the first whose conditions all hold. */
  private @Nullable Plan plan(Parts request) {
    String named = request.credentials().plan();
    Plan ofKey = named == null ? null : access.plan(named);
    if (ofKey != null) {
      return ofKey;
    }
    for (Plan plan : access.plans()) {
      if (!plan.when().isEmpty() && holdsAll(plan.when(), request)) {
        return plan;
      }
    }
    return null;
  }

  private static boolean holdsAll(List<Carries> conditions, Parts request) {
    for (Carries condition : conditions) {
      if (!holds(condition, request, request.caller().vouched())) {
        return false;
      }
    }
    return true;
  }

  /**
   * @param headers whether what headers say counts: anybody can write them, so only those that a
   *     trusted proxy brings may be to a client's advantage
   */
  private static boolean holds(Carries condition, Parts request, boolean headers) {
    if (condition.part() instanceof KeyPart.Header && !headers) {
      return false;
    }
    String value = request.value(condition.part());
    return value != null && condition.values().contains(value);
  }

  private static boolean isOn(ClientList list, Parts request, boolean headers) {
    if (list.isEmpty()) {
      return false;
    }
    if (list.contains(request.caller().address())) {
      return true;
    }
    for (Carries condition : list.clients()) {
      if (holds(condition, request, headers)) {
        return true;
      }
    }
    return false;
  }

  private long cost(Parts request) {
    long cost = route.cost().of(request.request().method());
    String header = route.cost().header();
    return header == null || !request.caller().vouched()
        ? cost
        : cost(request.request().headers().values(header), cost);
  }

  private static long cost(List<String> lines, long otherwise) {
    String text = lines.size() == 1 ? lines.get(0) : "";
    boolean digits =
        !text.isEmpty()
            && text.length() <= MOST_COST_DIGITS
            && text.chars().allMatch(c -> c >= '0' && c <= '9');
    long cost = digits ? Long.parseLong(text) : 0;
    return cost >= 1 && cost <= Charge.MOST_COST ? cost : otherwise;
  }
}
