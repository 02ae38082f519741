package io.apitwo.rules;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a settings document, with the variables that override it: {@code APITWO_} and the setting's
 * path, words apart by underscores, such as {@code APITWO_PROXY_TRUSTED_PROXIES}.
 */
public final class SettingsDocument {
  /**
   * Every setting by its section; a section of its own has none. The order is the one of the
   * document.
   */
  static final Map<String, List<String>> KEYS =
      new TreeMap<>(
          Map.of(
              "proxy",
                  List.of(
                      "host", "port", "trustedProxies", "transport", "instances", "idleTimeout"),
              "proxy.tls", List.of("port", "cert", "key"),
              "management", List.of("host", "port", "token", "tokenFile"),
              "store", List.of("type", "maxEntries"),
              "rules", List.of("file"),
              "log", List.of("format"),
              "drain", List.of("timeout"),
              "", List.of("dataDir", "accessLog")));

  private static final Set<String> LISTS = Set.of("proxy.trustedProxies");
  private static final String PREFIX = "APITWO_";
  private static final Pattern KUBERNETES =
      Pattern.compile(".*_SERVICE_HOST|.*_SERVICE_PORT.*|.*_PORT_\\d+_(TCP|UDP).*");
  private static final Pattern TOKEN = Pattern.compile("[\\x21-\\x7e]{16,512}");

  private final Problems problems = new Problems();
  private final Map<String, String> environment;

  private SettingsDocument(Map<String, String> environment) {
    this.environment = environment;
  }

  /**
   * Reads a text, which may be empty: then all settings have their defaults.
   *
   * @param file the document's name in problems
   * @param environment overrides, and what {@code ${VAR}} stands for
   * @throws InvalidDocumentException with every problem of the document and the overrides
   */
  public static Settings parse(String file, String text, Map<String, String> environment)
      throws InvalidDocumentException {
    return new SettingsDocument(environment).read(file, text);
  }

  /** The variables that begin as ours do and name no setting: most likely misspelt. */
  public static List<String> unknownVariables(Map<String, String> environment) {
    Set<String> known = new TreeSet<>();
    KEYS.forEach((section, keys) -> keys.forEach(key -> known.add(variable(path(section, key)))));
    return environment.entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(PREFIX))
        .filter(entry -> !entry.getKey().startsWith(PREFIX + "TEST_"))
        .filter(entry -> !known.contains(entry.getKey()))
        .filter(entry -> !KUBERNETES.matcher(entry.getKey()).matches())
        .filter(entry -> !(entry.getKey().endsWith("_PORT") && entry.getValue().contains("://")))
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }

  private static String path(String section, String key) {
    return section.isEmpty() ? key : section + "." + key;
  }

  /** {@code proxy.trustedProxies} is {@code APITWO_PROXY_TRUSTED_PROXIES}. */
  static String variable(String path) {
    return PREFIX
        + path.replace('.', '_').replaceAll("([a-z])([A-Z])", "$1_$2").toUpperCase(Locale.ROOT);
  }

  private Settings read(String file, String text) throws InvalidDocumentException {
    Element root = YamlDocument.parse(file, text, problems);
    problems.refuseIfAny();
    Reader settings = section(root == null ? emptyAt(file) : root, "");
    Reader proxySection = section(settings, "proxy");
    Settings.Proxy proxy = readProxy(proxySection);
    Settings.Management management = readManagement(section(settings, "management"));
    Reader store = section(settings, "store");
    store.value("type", "embedded", "embedded", t -> t.equals("embedded") ? t : null);
    int maxEntries = (int) store.integer("maxEntries", 1_000_000, 1_000, 100_000_000);
    Reader rules = section(settings, "rules");
    Settings read =
        new Settings(
            proxy,
            management,
            new Settings.Store(maxEntries),
            new Settings.RulesSource(file(rules, "file", "conf/rules.yaml"), rules.has("file")),
            file(settings, "dataDir", "data"),
            section(settings, "log").choice("format", Settings.LogFormat.TEXT),
            settings.choice("accessLog", Settings.AccessLog.OFF),
            section(settings, "drain")
                .duration(
                    "timeout", Duration.ofSeconds(20), Duration.ZERO, Duration.ofMinutes(10)));
    problems.refuseIfAny();
    return read;
  }

  private static Element emptyAt(String file) {
    return new Element.Mapping(new Element.Place(file, 0, 0, ""), List.of());
  }

  private Settings.Proxy readProxy(Reader proxy) {
    return new Settings.Proxy(
        host(proxy),
        port(proxy, 8080),
        readTls(proxy),
        proxy.strings("trustedProxies", "an address or a block such as 10.0.0.0/8", Cidr::parse),
        proxy.choice("transport", Settings.Transport.AUTO),
        (int) proxy.integer("instances", Runtime.getRuntime().availableProcessors(), 1, 256),
        proxy.duration(
            "idleTimeout", Duration.ofSeconds(75), Duration.ofSeconds(1), Duration.ofHours(24)));
  }

  private Settings.@Nullable Tls readTls(Reader proxy) {
    Reader tls = section(proxy, "proxy.tls");
    if (!tls.has("port") && !tls.has("cert") && !tls.has("key")) {
      return null;
    }
    for (String key : KEYS.get("proxy.tls")) {
      if (!tls.has(key)) {
        tls.problem(key, "port, cert and key together");
      }
    }
    return new Settings.Tls(port(tls, 0), file(tls, "cert", ""), file(tls, "key", ""));
  }

  private Settings.Management readManagement(Reader management) {
    String host = host(management);
    String token = management.string("token", "", "a token");
    if (management.has("token") && !TOKEN.matcher(token).matches()) {
      problems.add( // never the token itself
          management.placeOf("token"),
          token.length() + " characters",
          "16 to 512 printable characters without spaces");
    }
    Path tokenFile = management.has("tokenFile") ? file(management, "tokenFile", "") : null;
    if (management.has("token") && tokenFile != null) {
      management.problem("tokenFile", "either management.token or management.tokenFile");
    }
    if (!management.has("token") && tokenFile == null && !isLoopback(host)) {
      management.problem(
          "host", "a loopback address, or a management.token or management.tokenFile");
    }
    return new Settings.Management(
        host, port(management, 9090), token.isEmpty() ? null : token, tokenFile);
  }

  private static boolean isLoopback(String host) {
    return host.equals("localhost") || host.startsWith("127.") || host.equals("::1");
  }

  private static String host(Reader section) {
    return section.value(
        "host",
        "127.0.0.1",
        "a host name or an address",
        t -> t.matches("[A-Za-z0-9._:-]{1,253}") ? t : null);
  }

  private static int port(Reader section, int fallback) {
    return (int) section.integer("port", fallback, 0, 65_535);
  }

  private Path file(Reader section, String key, String fallback) {
    return section.value(
        key,
        Path.of(fallback),
        "a path",
        text -> {
          try {
            return text.isBlank() ? null : Path.of(text);
          } catch (InvalidPathException e) {
            return null;
          }
        });
  }

  private Reader section(Reader parent, String section) {
    String key = section.substring(section.lastIndexOf('.') + 1);
    Element element = parent.get(key);
    Element.Place place = parent.placeOf(key);
    return section(
        element == null
            ? new Element.Mapping(
                new Element.Place(place.file(), place.line(), place.column(), section), List.of())
            : element,
        section);
  }

  /** A reader of one section, whose keys the environment's variables replace. */
  private Reader section(Element element, String section) {
    Set<String> known = new TreeSet<>(KEYS.get(section));
    for (String other : KEYS.keySet()) {
      int dot = other.lastIndexOf('.');
      if (!other.isEmpty() && (dot < 0 ? "" : other.substring(0, dot)).equals(section)) {
        known.add(other.substring(dot + 1));
      }
    }
    return new Reader(
        overridden(element, section),
        known,
        problems,
        new Interpolation(environment::get, problems));
  }

  private Element overridden(Element element, String section) {
    List<Element.Field> fields = new ArrayList<>();
    if (element instanceof Element.Mapping mapping) {
      fields.addAll(mapping.fields());
    } else if (!Reader.isNothing(element)) {
      return element;
    }
    for (String key : KEYS.get(section)) {
      String path = path(section, key);
      String value = environment.get(variable(path));
      if (value != null && !value.isEmpty()) {
        Element.Place place = new Element.Place("environment", 0, 0, variable(path));
        fields.removeIf(field -> field.name().equals(key));
        fields.add(new Element.Field(key, place, override(path, place, value)));
      }
    }
    return new Element.Mapping(element.place(), fields);
  }

  private static Element override(String path, Element.Place place, String value) {
    if (!LISTS.contains(path)) {
      return new Element.Scalar(place, value, true);
    }
    List<Element> items = new ArrayList<>();
    for (String item : value.split(",")) {
      items.add(new Element.Scalar(place, item.strip(), true));
    }
    return new Element.Sequence(place, items);
  }
}
