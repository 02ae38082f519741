package io.apitwo.rules;

import io.apitwo.rules.Settings.AccessLog;
import io.apitwo.rules.Settings.Cluster;
import io.apitwo.rules.Settings.LogFormat;
import io.apitwo.rules.Settings.Management;
import io.apitwo.rules.Settings.Proxy;
import io.apitwo.rules.Settings.RulesSource;
import io.apitwo.rules.Settings.Store;
import io.apitwo.rules.Settings.Tls;
import io.apitwo.rules.Settings.Transport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads {@code conf/apitwo.yaml} and the variables that override it: a text and an environment
 * become {@link Settings}, or are refused with everything that is wrong with them. For any thread;
 * reads the files that the text names as {@code ${file:PATH}}, so it may block.
 */
public final class SettingsDocument {
  private static final String A_FILE = "the path of a file";
  private static final String A_FOLDER = "the path of a folder";
  private static final String CIDR = "an address or a block of addresses such as 10.0.0.0/8";
  private static final String TOKEN = "16 to 512 printable ASCII characters without spaces";
  private static final Pattern TOKEN_FORM = Pattern.compile("[!-~]{16,512}");
  private static final int MOST_PORT = 65_535;
  private static final int MOST_INSTANCES = 256;

  private SettingsDocument() {}

  /**
   * @param file what problems call the document
   * @param text YAML 1.2 or JSON; an empty one leaves all settings at their defaults
   * @param environment variables {@code APITWO_…} that override settings, what {@code ${VAR}}
   *     stands for, and where Redis is if the settings do not say: {@code REDIS_URL}, else {@code
   *     REDIS_SERVICE_HOST} and {@code REDIS_SERVICE_PORT}
   * @throws InvalidDocumentException with every problem, in the order of the document, those of the
   *     environment last
   */
  public static Settings parse(String file, String text, Map<String, String> environment)
      throws InvalidDocumentException {
    Problems problems = new Problems();
    Node root = Yaml.read(file, text, problems);
    Overrides overrides = new Overrides(environment);
    Reading reading = new Reading(problems, new Placeholders(environment::get), overrides);
    Settings settings = read(root == null ? empty(reading, file) : document(reading, root));
    problems.check();
    return settings;
  }

  /**
   * Variables that look like settings and are none, each with the setting that was probably meant.
   * Those that Kubernetes sets for a service of this name are none of them, nor is {@code
   * APITWO_TEST_…}. Never with a value.
   */
  public static List<String> unknownVariables(Map<String, String> environment) {
    Overrides overrides = new Overrides(environment);
    read(empty(new Reading(new Problems(), new Placeholders(name -> null), overrides), ""));
    return overrides.unknown();
  }

  private static Fields empty(Reading reading, String file) {
    return new Fields(reading, Place.root(file, 1, 1), Map.of());
  }

  private static Fields document(Reading reading, Node root) {
    Fields fields = new Field(reading, root.place(), root).fields("a mapping of settings");
    return fields == null ? empty(reading, root.place().file()) : fields;
  }

  private static Settings read(Fields fields) {
    Proxy proxy = proxy(fields.section("proxy"));
    Management management = management(fields.section("management"), proxy);
    Store store = StoreReader.read(fields.section("store"));
    Cluster cluster = ClusterReader.read(fields.section("cluster"));
    RulesSource rules = rules(fields.section("rules"));
    Path dataDir = path(fields.at("dataDir"), "data", A_FOLDER);
    LogFormat logFormat = logFormat(fields.section("log"));
    AccessLog accessLog = fields.at("accessLog").choice(AccessLog.OFF);
    Duration drainTimeout = drainTimeout(fields.section("drain"));
    fields.end();
    return new Settings(
        proxy, management, store, cluster, rules, dataDir, logFormat, accessLog, drainTimeout);
  }

  private static Proxy proxy(Fields fields) {
    Field host = fields.at("host");
    Field port = fields.at("port");
    int plain = port(port, 8080);
    Tls tls = tls(fields.section("tls"), plain);
    List<Cidr> trusted = new ArrayList<>();
    for (Field item : fields.at("trustedProxies").items("a list of blocks of addresses")) {
      Cidr block = item.text(Cidr::parse, CIDR);
      if (block != null) {
        trusted.add(block);
      }
    }
    Transport transport = fields.at("transport").choice(Transport.AUTO);
    int cores = Math.min(MOST_INSTANCES, Runtime.getRuntime().availableProcessors());
    int instances = (int) fields.at("instances").integer(1, MOST_INSTANCES, cores);
    Duration idleTimeout =
        fields
            .at("idleTimeout")
            .duration(Duration.ofSeconds(1), Duration.ofHours(24), Duration.ofSeconds(75));
    fields.end();
    return new Proxy(host(host), plain, tls, trusted, transport, instances, idleTimeout);
  }

  private static @Nullable Tls tls(Fields fields, int plain) {
    List<Field> all = List.of(fields.at("port"), fields.at("cert"), fields.at("key"));
    fields.end();
    if (all.stream().noneMatch(Field::given)) {
      return null;
    }
    all.forEach(field -> field.required("port, cert and key together"));
    Path cert = path(all.get(1), "", A_FILE);
    Path key = path(all.get(2), "", A_FILE);
    int port = port(all.get(0), 0);
    if (port != 0 && port == plain) {
      all.get(0).refuse(Integer.toString(port), "another port than proxy.port");
    }
    return new Tls(port, cert, key);
  }

  private static Management management(Fields fields, Proxy proxy) {
    Field host = fields.at("host");
    Field port = fields.at("port");
    Field token = fields.at("token").secret();
    Field tokenFile = fields.at("tokenFile");
    fields.end();
    if (token.given() && tokenFile.given()) {
      tokenFile.refuse("either a token or a tokenFile");
    }
    String address = host(host);
    if (!token.given() && !tokenFile.given() && !ListenAddress.isLoopback(address)) {
      host.refuse(
          "a management.token or management.tokenFile when management listens beyond loopback");
    }
    int number = port(port, 9090);
    if (number != 0 && ListenAddress.overlap(address, proxy.host())) {
      Tls tls = proxy.tls();
      if (number == proxy.port()) {
        port.refuse(Integer.toString(number), "another port than proxy.port");
      } else if (tls != null && number == tls.port()) {
        port.refuse(Integer.toString(number), "another port than proxy.tls.port");
      }
    }
    return new Management(
        address,
        number,
        token.text(text -> TOKEN_FORM.matcher(text).matches() ? text : null, TOKEN),
        tokenFile.given() ? path(tokenFile, "", A_FILE) : null);
  }

  private static RulesSource rules(Fields fields) {
    Field file = fields.at("file");
    fields.end();
    return new RulesSource(path(file, "conf/rules.yaml", A_FILE), file.given());
  }

  private static LogFormat logFormat(Fields fields) {
    LogFormat format = fields.at("format").choice(LogFormat.TEXT);
    fields.end();
    return format;
  }

  private static Duration drainTimeout(Fields fields) {
    Duration timeout =
        fields
            .at("timeout")
            .duration(Duration.ZERO, Duration.ofMinutes(10), Duration.ofSeconds(20));
    fields.end();
    return timeout;
  }

  private static String host(Field field) {
    String host = field.text(Syntax::host, Syntax.A_HOST);
    return host == null ? "127.0.0.1" : host;
  }

  private static int port(Field field, int otherwise) {
    return (int) field.integer(0, MOST_PORT, otherwise);
  }

  private static Path path(Field field, String otherwise, String expected) {
    Path path = field.text(Syntax::path, expected);
    return path == null ? Path.of(otherwise) : path;
  }
}
