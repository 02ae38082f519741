package io.apitwo.rules;

import io.apitwo.limit.Charge;
import io.apitwo.limit.Quota;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads routes, which refer to the upstreams and limits of the same document. */
final class RouteReader {
  private static final String METHODS = "a list of at least one method such as GET";

  private final Map<String, Upstream> upstreams;
  private final Map<String, @Nullable LimitRule> limits;
  private final Map<String, Field> ids = new HashMap<>();

  /**
   * @param limits every name that the document gives; with null where the limit has a problem
   */
  RouteReader(Map<String, Upstream> upstreams, Map<String, @Nullable LimitRule> limits) {
    this.upstreams = upstreams;
    this.limits = limits;
  }

  /** Null for a route that has a problem. */
  @Nullable Route read(Field field) {
    Fields fields = field.fields("a mapping with id and upstream");
    if (fields == null) {
      return null;
    }
    String id = id(fields.at("id"));
    RouteMatch match = match(fields.section("match"));
    Upstream upstream = upstream(fields.at("upstream"));
    List<LimitRule> applied = limits(fields.at("limits"), match);
    Cost cost = cost(fields.at("cost"), applied);
    fields.end();
    return id == null || upstream == null ? null : new Route(id, match, upstream, applied, cost);
  }

  private @Nullable String id(Field field) {
    String id = field.required(Syntax.A_NAME).word(Syntax::name, Syntax.A_NAME);
    Field first = id == null ? null : ids.putIfAbsent(id, field);
    if (first != null) {
      field.refuse("an id of its own; line " + first.place().line() + " has the same");
    }
    return id;
  }

  private static RouteMatch match(Fields match) {
    HostPattern host = match.at("host").text(HostPattern::parse, HostPattern.EXPECTED);
    PathPattern path = match.at("path").text(PathPattern::parse, PathPattern.EXPECTED);
    List<String> methods = new ArrayList<>();
    Set<String> taken = new HashSet<>();
    for (Field item : match.at("methods").someItems(METHODS)) {
      String method = item.word(Syntax::method, "a method in upper case such as GET");
      if (method != null && !taken.add(method)) {
        item.refuse("each method once");
      } else if (method != null) {
        methods.add(method);
      }
    }
    boolean parameters = match.at("pathParameters").flag(false);
    boolean escapedSlash = match.at("escapedSlash").flag(false);
    match.end();
    return new RouteMatch(host, path, methods, parameters, escapedSlash);
  }

  private @Nullable Upstream upstream(Field field) {
    String expected = "the name of an upstream";
    String name = field.required(expected).word(Syntax::name, expected);
    boolean anyKnown = !upstreams.isEmpty(); // else that is the problem
    if (name != null && anyKnown && !upstreams.containsKey(name)) {
      field.refuse(expected + ": " + Spelling.oneOf(name, upstreams.keySet()));
    }
    return upstreams.get(name);
  }

  private static void refuseWithoutParameter(Field item, LimitRule rule, RouteMatch match) {
    for (KeyPart part : rule.clients().parts()) {
      if (part instanceof KeyPart.PathParameter named && !match.hasParameter(named.name())) {
        item.refuse("a limit whose path parameter {" + named.name() + "} is in match.path");
      }
    }
  }

  private List<LimitRule> limits(Field field, RouteMatch match) {
    List<LimitRule> applied = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (Field item : field.items("a list of names of limits")) {
      String name = item.word(Syntax::name, "the name of a limit");
      if (name == null) {
        continue;
      }
      if (!names.add(name)) {
        item.refuse("each limit once");
      } else if (!limits.containsKey(name)) {
        String known = limits.isEmpty() ? "" : ": " + Spelling.oneOf(name, limits.keySet());
        item.refuse("the name of a limit" + known);
      } else if (limits.get(name) != null) {
        LimitRule rule = limits.get(name);
        refuseWithoutParameter(item, rule, match);
        applied.add(rule);
      }
    }
    return applied;
  }

  private static Cost cost(Field field, List<LimitRule> applied) {
    if (!field.isMapping()) {
      return new Cost(cost(field, 1, applied), Map.of(), null);
    }
    Fields fields = field.fields("a mapping");
    long standard = cost(fields.at("default"), 1, applied);
    Map<String, Long> methods = new LinkedHashMap<>();
    Fields named = fields.section("methods");
    named
        .keyed(name -> Syntax.method(name) != null, "a method in upper case such as GET")
        .forEach((method, own) -> methods.put(method, cost(own, standard, applied)));
    String header = fields.at("header").text(Syntax::header, "the name of a request header");
    fields.end();
    return new Cost(standard, methods, header);
  }

  private static long cost(Field field, long otherwise, List<LimitRule> applied) {
    long cost = field.integer(1, Charge.MOST_COST, otherwise);
    for (LimitRule rule : applied) {
      for (Quota quota : rule.limit().quotas()) {
        if (cost > quota.amount()) {
          String which = quota.word() + " quota of the limit " + rule.limit().name();
          field.refuse("at most " + quota.amount() + ", the " + which);
          return cost;
        }
      }
    }
    return cost;
  }
}
