package io.apitwo.rules;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code conf/rules.yaml}: a text becomes an immutable {@link Rules} snapshot, or is refused
 * whole with everything that is wrong with it. For any thread; reads the files that the text names
 * as {@code ${file:PATH}}, so it may block.
 */
public final class RulesDocument {
  private static final String WHOLE = "a mapping with upstreams and routes";
  private static final String UPSTREAMS = "a mapping of names to upstreams, at least one";
  private static final String ROUTES = "a list of at least one route";
  private static final long MOST_GENERATION = 999_999_999_999_999L;

  private RulesDocument() {}

  /**
   * @param file what problems call the document
   * @param text YAML 1.2 or JSON
   * @param environment what {@code ${VAR}} stands for; null for an unknown variable; not asked for
   *     those of the gateway's settings, which are refused
   * @throws InvalidDocumentException with every problem, in the order of the document
   */
  public static Rules parse(
      String file, String text, Function<String, @Nullable String> environment)
      throws InvalidDocumentException {
    Problems problems = new Problems();
    Node root = Yaml.read(file, text, problems);
    Place start = root == null ? Place.root(file, 1, 1) : root.place();
    if (root == null) {
      throw problems.fatal(start, "an empty document", WHOLE);
    }
    Reading reading = new Reading(problems, Placeholders.ofRules(environment), Overrides.none());
    Rules rules = read(new Field(reading, start, root));
    problems.check();
    return rules;
  }

  /** What a text says of its own age, valid or not; 0 when it says nothing. */
  public static long generation(String text) {
    Problems problems = new Problems();
    try {
      Node root = Yaml.read("", text, problems);
      Reading reading = new Reading(problems, new Placeholders(name -> null), Overrides.none());
      Fields fields = root == null ? null : new Field(reading, root.place(), root).fields(WHOLE);
      return fields == null ? 0 : generation(fields);
    } catch (InvalidDocumentException e) {
      return 0;
    }
  }

  private static long generation(Fields fields) {
    return fields.at("generation").integer(0, MOST_GENERATION, 0);
  }

  private static Rules read(Field document) {
    Fields fields = document.fields(WHOLE);
    if (fields == null) {
      return new Rules(Map.of(), List.of(), Map.of(), Identity.ADDRESSES, Access.ALIKE, 0);
    }
    long generation = generation(fields);
    Map<String, Upstream> upstreams = upstreams(fields.at("upstreams").required(UPSTREAMS));
    Field routeList = fields.at("routes").required(ROUTES);
    Map<String, @Nullable LimitRule> limits = limits(fields.at("limits"));
    List<Route> routes = routes(routeList, new RouteReader(upstreams, limits));
    Access access = AccessReader.read(fields, limits);
    Fields identityFields = fields.section("identity");
    Identity identity = IdentityReader.read(identityFields, access);
    fields.end();
    limits.values().removeIf(limit -> limit == null);
    Rules rules = new Rules(upstreams, routes, limits, identity, access, generation);
    refuseUnproven(rules, identityFields);
    return rules;
  }

  private static Map<String, Upstream> upstreams(Field field) {
    Map<String, Upstream> upstreams = new LinkedHashMap<>();
    Fields fields = field.fields(UPSTREAMS);
    if (fields != null) {
      for (Field upstream : fields.named(Set.of())) {
        upstreams.put(upstream.name(), UpstreamReader.read(upstream));
      }
      if (upstreams.isEmpty()) {
        field.refuse(UPSTREAMS);
      }
    }
    return upstreams;
  }

  private static Map<String, @Nullable LimitRule> limits(Field field) {
    Map<String, @Nullable LimitRule> limits = new LinkedHashMap<>();
    Fields fields = field.fields("a mapping of names to limits");
    if (fields != null) {
      for (Field limit : fields.named(LimitReader.RESERVED)) {
        limits.put(limit.name(), LimitReader.read(limit));
      }
    }
    return limits;
  }

  private static List<Route> routes(Field list, RouteReader reader) {
    List<Route> routes = new ArrayList<>();
    for (Field item : list.someItems(ROUTES)) {
      Route route = reader.read(item);
      if (route != null) {
        routes.add(route);
      }
    }
    return routes;
  }

  /** What can never be carried is a mistake: nobody would have a key of their own. */
  private static void refuseUnproven(Rules rules, Fields identity) {
    Field jwt = identity.at("jwt");
    if (!jwt.given() && rules.names(part -> part instanceof KeyPart.Claim)) {
      jwt.refuse("the keys of tokens, since there are limits by their claims");
    }
    Field apiKeys = identity.at("apiKeys");
    boolean none = rules.identity().apiKeys().isEmpty() && !apiKeys.given();
    if (none && rules.names(part -> part instanceof KeyPart.ApiKey)) {
      apiKeys.refuse("a list of keys, or apiKeysInRedis, since there are limits by API key");
    }
  }
}
