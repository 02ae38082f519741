package io.apitwo.rules;

import io.apitwo.limit.Charge;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Window;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reads a rules document: parse, check, compile. Any error refuses it whole. */
public final class RulesDocument {
  static final Set<String> KEYS = Set.of("generation", "upstreams", "routes", "limits", "identity");
  static final Set<String> UPSTREAM_KEYS =
      Set.of("builtin", "targets", "connectTimeout", "timeout");
  static final Set<String> ROUTE_KEYS = Set.of("id", "match", "upstream", "limits", "cost");
  static final Set<String> MATCH_KEYS = Set.of("host", "path", "methods");
  static final Set<String> LIMIT_KEYS = Set.of("by", "algorithm", "windows", "missing", "headers");
  static final Set<String> HEADERS_KEYS = Set.of("ietf", "xRateLimit");
  static final Set<String> IDENTITY_KEYS = Set.of("ipv6Prefix");
  static final Set<String> WINDOWS =
      Arrays.stream(Window.values()).map(Window::word).collect(Collectors.toUnmodifiableSet());

  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}");
  private static final Pattern METHOD = Pattern.compile("[A-Z]{1,32}");
  private static final int MOST_KEY_PARTS = 4;

  private final Problems problems = new Problems();
  private final Interpolation interpolation;
  private final Map<String, Upstream> upstreams = new LinkedHashMap<>();
  private final Map<String, LimitRule> limits = new LinkedHashMap<>();
  private final List<Route> routes = new ArrayList<>();

  private RulesDocument(Function<String, @Nullable String> environment) {
    this.interpolation = new Interpolation(environment, problems);
  }

  /**
   * Compiles a text.
   *
   * @param file the document's name in problems
   * @param environment what {@code ${VAR}} stands for
   * @throws InvalidDocumentException with every problem of the document
   */
  public static Rules parse(
      String file, String text, Function<String, @Nullable String> environment)
      throws InvalidDocumentException {
    return new RulesDocument(environment).read(file, text);
  }

  private Rules read(String file, String text) throws InvalidDocumentException {
    Element root = YamlDocument.parse(file, text, problems);
    problems.refuseIfAny();
    if (Reader.isNothing(root)) {
      problems.add(file, 1, 1, "", "an empty document", "rules with at least one route");
      problems.refuseIfAny();
    }
    Reader rules = reader(root, KEYS);
    if (!(root instanceof Element.Mapping)) {
      problems.refuseIfAny();
    }
    rules.integer("generation", 0, 0, Quota.MOST);
    int ipv6Prefix =
        (int) rules.mapping("identity", IDENTITY_KEYS).integer("ipv6Prefix", 64, 32, 128);
    rules.named("upstreams").forEach(this::readUpstream);
    rules.named("limits").forEach(this::readLimit);
    rules.list("routes").forEach(this::readRoute);
    if (rules.list("routes").isEmpty()) {
      rules.problem("routes", "at least one route");
    }
    problems.refuseIfAny();
    return new Rules(upstreams, routes, limits, ipv6Prefix);
  }

  private Reader reader(Element element, Set<String> known) {
    return new Reader(element, known, problems, interpolation);
  }

  private void readUpstream(Element.Field field) {
    Reader upstream = reader(field.value(), UPSTREAM_KEYS);
    if (upstream.has("builtin") == upstream.has("targets")) {
      problems.add(field.place(), field.value().inWords(), "either builtin: echo or targets");
    }
    Duration connectTimeout =
        upstream.duration(
            "connectTimeout", Duration.ofSeconds(1), Duration.ofMillis(1), Duration.ofMinutes(1));
    Duration timeout =
        upstream.duration(
            "timeout", Duration.ofSeconds(30), Duration.ofMillis(1), Duration.ofHours(1));
    if (upstream.has("builtin")) {
      upstream.value("builtin", "echo", "echo", text -> text.equals("echo") ? text : null);
      upstreams.put(field.name(), new Upstream.Echo(field.name()));
      return;
    }
    List<Upstream.Target> targets =
        upstream.strings(
            "targets", "http://HOST[:PORT] or https://HOST[:PORT]", RulesDocument::target);
    if (targets.isEmpty() && upstream.list("targets").isEmpty() && upstream.has("targets")) {
      upstream.problem("targets", "at least one target");
    }
    upstreams.put(
        field.name(), new Upstream.Servers(field.name(), targets, connectTimeout, timeout));
  }

  private static Upstream.@Nullable Target target(String text) {
    try {
      URI uri = new URI(text);
      String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
      boolean tls = scheme.equals("https");
      boolean bare =
          uri.getRawPath() == null || uri.getRawPath().isEmpty() || uri.getRawPath().equals("/");
      boolean fine =
          (tls || scheme.equals("http"))
              && uri.getHost() != null
              && bare
              && uri.getRawQuery() == null
              && uri.getRawFragment() == null
              && uri.getRawUserInfo() == null
              && uri.getPort() != 0
              && uri.getPort() <= 65_535;
      if (!fine) {
        return null;
      }
      String host = uri.getHost().replaceAll("[\\[\\]]", "");
      return new Upstream.Target(tls, host, uri.getPort() < 0 ? (tls ? 443 : 80) : uri.getPort());
    } catch (URISyntaxException e) {
      return null;
    }
  }

  private void readLimit(Element.Field field) {
    Reader limit = reader(field.value(), LIMIT_KEYS);
    if (WINDOWS.contains(field.name())) {
      problems.add(field.place(), field.name(), "a name that is not a window's");
    }
    limit.value("algorithm", "fixed", "fixed", text -> text.equals("fixed") ? text : null);
    Reader windows = limit.mapping("windows", WINDOWS);
    List<Quota> quotas = new ArrayList<>();
    for (Window window : Window.values()) {
      if (windows.has(window.word())) {
        quotas.add(new Quota(window, windows.integer(window.word(), 1, 1, Quota.MOST)));
      }
    }
    if (quotas.isEmpty()) {
      limit.problem("windows", "at least one of second, minute, hour, day, month");
      return;
    }
    Reader headers = limit.mapping("headers", HEADERS_KEYS);
    limits.put(
        field.name(),
        new LimitRule(
            new Limit(field.name(), quotas),
            readBy(limit),
            readMissing(limit),
            new LimitRule.Headers(headers.bool("ietf", true), headers.bool("xRateLimit", false))));
  }

  private List<KeyPart> readBy(Reader limit) {
    List<KeyPart> parts = new ArrayList<>();
    List<Element> items = limit.list("by");
    if (items.isEmpty() || items.size() > MOST_KEY_PARTS) {
      limit.problem("by", "a list of 1 to " + MOST_KEY_PARTS + " keys, such as [address]");
    }
    for (Element item : items) {
      KeyPart part = keyPart(item);
      if (part == null || parts.contains(part)) {
        problems.add(
            item.place(),
            item.inWords(),
            part == null ? "address or header: NAME" : "each key once");
      } else {
        parts.add(part);
      }
    }
    return parts;
  }

  private @Nullable KeyPart keyPart(Element item) {
    if (item instanceof Element.Scalar scalar && scalar.text().equals("address")) {
      return new KeyPart.Address();
    }
    if (!(item instanceof Element.Mapping mapping)
        || mapping.fields().size() != 1
        || !mapping.fields().get(0).name().equals("header")) {
      return null;
    }
    Reader part = reader(mapping, Set.of("header"));
    String name =
        part.value("header", "x", "a header's name", t -> TOKEN.matcher(t).matches() ? t : null);
    return part.has("header") ? new KeyPart.Header(name.toLowerCase(Locale.ROOT)) : null;
  }

  private static LimitRule.Missing readMissing(Reader limit) {
    return limit.value(
        "missing",
        LimitRule.Missing.ADDRESS,
        "one of address, anonymous, 401",
        text ->
            switch (text) {
              case "address" -> LimitRule.Missing.ADDRESS;
              case "anonymous" -> LimitRule.Missing.ANONYMOUS;
              case "401" -> LimitRule.Missing.UNAUTHORIZED;
              default -> null;
            });
  }

  private void readRoute(Element item) {
    Reader route = reader(item, ROUTE_KEYS);
    String id =
        route.value(
            "id",
            "",
            Reader.NAME_EXPECTED,
            t -> t.matches("[A-Za-z0-9][A-Za-z0-9_-]{0,62}") ? t : null);
    if (!route.has("id")) {
      route.problem("id", Reader.NAME_EXPECTED);
    } else if (routes.stream().anyMatch(other -> other.id().equals(id))) {
      route.problem("id", "an id that no other route has");
    }
    Upstream upstream = upstreams.get(route.string("upstream", "", "the name of an upstream"));
    if (upstream == null) {
      route.problem("upstream", "one of the upstreams: " + names(upstreams));
      upstream = new Upstream.Echo("");
    }
    List<LimitRule> applied = readApplied(route);
    long cost = route.integer("cost", 1, 1, Charge.MOST_COST);
    for (LimitRule rule : applied) {
      for (Quota quota : rule.limit().quotas()) {
        if (quota.amount() < cost) {
          route.problem(
              "cost",
              "at most "
                  + quota.amount()
                  + ", the quota of "
                  + rule.limit().name()
                  + "."
                  + quota.window().word());
        }
      }
    }
    routes.add(new Route(id, readMatch(route), upstream, applied, cost));
  }

  private List<LimitRule> readApplied(Reader route) {
    Set<String> seen = new HashSet<>();
    return route.strings(
        "limits",
        "one of the limits, each once: " + names(limits),
        name -> seen.add(name) ? limits.get(name) : null);
  }

  private static String names(Map<String, ?> map) {
    return map.isEmpty() ? "there are none" : String.join(", ", map.keySet());
  }

  private RouteMatch readMatch(Reader route) {
    Reader match = route.mapping("match", MATCH_KEYS);
    String host =
        match.value(
            "host",
            "",
            "a host such as api.example.com or *.example.com",
            t -> RouteMatch.isHost(t) ? t : null);
    String path =
        match.value(
            "path",
            "",
            "a path such as /api/**, of segments that are literal, * or a last **",
            t -> RouteMatch.isPath(t) ? t : null);
    List<String> methods =
        match.strings(
            "methods", "a method such as GET", t -> METHOD.matcher(t).matches() ? t : null);
    return RouteMatch.of(host.isEmpty() ? null : host, path.isEmpty() ? null : path, methods);
  }
}
