package io.apitwo.rules;

import io.apitwo.rules.Node.Kind;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Settings that the environment gives instead of the document: {@code proxy.trustedProxies} as
 * {@code APITWO_PROXY_TRUSTED_PROXIES}. Knows which variables were asked for, so that the others
 * can be reported.
 */
final class Overrides {
  private static final String PREFIX = "APITWO_";
  private static final String RESERVED = "APITWO_TEST_";

  /** What the command line asks; no setting. */
  private static final String OF_COMMANDS = "APITWO_ADMIN";

  private static final Place ENVIRONMENT = Place.root("environment", 0, 0);

  /** What Kubernetes sets in every pod for a service whose name starts with apitwo. */
  private static final Pattern OF_KUBERNETES =
      Pattern.compile(".*_SERVICE_HOST|.*_SERVICE_PORT.*|.*_PORT_[0-9]+_(TCP|UDP|SCTP).*");

  private static final Pattern KUBERNETES_PORT = Pattern.compile("(tcp|udp|sctp)://.*");

  private final Map<String, String> environment;
  private final Set<String> asked = new LinkedHashSet<>();

  Overrides(Map<String, String> environment) {
    this.environment = environment;
  }

  static Overrides none() {
    return new Overrides(Map.of());
  }

  /** The value that stands in for the one at this place; null for none or an empty one. */
  Node.@Nullable Scalar of(Place setting) {
    if (environment.isEmpty()) {
      return null;
    }
    String name = nameOf(setting.path());
    asked.add(name);
    return OF_KUBERNETES.matcher(name).matches() ? null : variable(name);
  }

  /** A variable that other programs know too; null for none or an empty one. */
  Node.@Nullable Scalar variable(String name) {
    String value = environment.getOrDefault(name, "");
    return value.isEmpty() || isPortOfKubernetes(name, value)
        ? null
        : new Node.Scalar(place(name), value, Kind.UNTYPED);
  }

  /** Where a variable stands. */
  static Place place(String name) {
    return ENVIRONMENT.at(name, 0, 0);
  }

  private static String nameOf(String path) {
    String words = path.replaceAll("([a-z0-9])([A-Z])", "$1_$2").replace('.', '_');
    return PREFIX + words.toUpperCase(Locale.ROOT);
  }

  private static boolean isOfKubernetes(String name, String value) {
    return OF_KUBERNETES.matcher(name).matches() || isPortOfKubernetes(name, value);
  }

  private static boolean isPortOfKubernetes(String name, String value) {
    return name.endsWith("_PORT") && KUBERNETES_PORT.matcher(value).matches();
  }

  /** Variables that look like settings and were never asked for, by name, each with a guess. */
  List<String> unknown() {
    return new TreeMap<>(environment)
        .entrySet().stream()
            .filter(e -> e.getKey().startsWith(PREFIX) && !asked.contains(e.getKey()))
            .filter(e -> !e.getKey().startsWith(RESERVED) && !e.getKey().equals(OF_COMMANDS))
            .filter(e -> !isOfKubernetes(e.getKey(), e.getValue()))
            .map(e -> describe(e.getKey()))
            .toList();
  }

  private String describe(String name) {
    String nearest = Spelling.nearest(name, asked);
    String guess = nearest.isEmpty() ? "" : " (did you mean " + nearest + "?)";
    return Excerpt.of(name) + guess;
  }
}
