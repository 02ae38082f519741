package io.apitwo.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.rules.Settings.AccessLog;
import io.apitwo.rules.Settings.Cluster;
import io.apitwo.rules.Settings.ClusterTls;
import io.apitwo.rules.Settings.Endpoint;
import io.apitwo.rules.Settings.Layout;
import io.apitwo.rules.Settings.LogFormat;
import io.apitwo.rules.Settings.Management;
import io.apitwo.rules.Settings.Proxy;
import io.apitwo.rules.Settings.Redis;
import io.apitwo.rules.Settings.RedisMode;
import io.apitwo.rules.Settings.RulesSource;
import io.apitwo.rules.Settings.Sentinel;
import io.apitwo.rules.Settings.Store;
import io.apitwo.rules.Settings.Tls;
import io.apitwo.rules.Settings.Transport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsDocumentTest {
  /** Everything that settings can say; a token excludes a tokenFile. */
  static final String FULL =
      """
      proxy:
        host: 0.0.0.0
        port: 80
        tls: { port: 443, cert: a.crt, key: a.key }
        trustedProxies: [10.0.0.0/8, "::1"]
        transport: io_uring
        instances: 2
        idleTimeout: 5m
      management: { host: "::", port: 0, token: "${TOKEN}" }
      store:
        type: redis
        maxEntries: 1000
        timeout: 20ms
        layout: plain
        expectedNodes: 4
        redis:
          mode: sentinel
          endpoints: ["a:26379", "[::1]:26380"]
          master: m
          sentinel: { username: watcher, password: "${TOKEN}", anonymous: false }
          username: app
          password: "${TOKEN}"
          database: 3
          tls: true
          caFile: ca.pem
      cluster:
        enabled: true
        name: c
        secret: "${TOKEN}"
        host: "10.0.0.1"
        port: 1
        busPort: 2
        members: []
        dns: nodes.example
        tls: { cert: n.crt, key: n.key, caFile: n.pem }
      rules: { file: r.yaml }
      dataDir: d
      log: { format: json }
      accessLog: text
      drain: { timeout: 0s }
      """;

  private static final String TOKEN = "0123456789abcdef";

  private static final Store EMBEDDED =
      new Store(null, Store.sensibleEntries(), Duration.ofMillis(50), Layout.PACKED, 1);

  private static Settings parse(String text, Map<String, String> environment)
      throws InvalidDocumentException {
    return SettingsDocument.parse("apitwo.yaml", text, environment);
  }

  private static Settings parse(Map<String, String> environment) throws InvalidDocumentException {
    return parse("", environment);
  }

  private static Settings defaults() {
    int cores = Runtime.getRuntime().availableProcessors();
    return new Settings(
        new Proxy(
            "127.0.0.1", 8080, null, List.of(), Transport.AUTO, cores, Duration.ofSeconds(75)),
        new Management("127.0.0.1", 9090, null, null),
        EMBEDDED,
        null,
        new RulesSource(Path.of("conf/rules.yaml"), false),
        Path.of("data"),
        LogFormat.TEXT,
        AccessLog.OFF,
        Duration.ofSeconds(20));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "# nothing\n", "---\n", "{}", "proxy: {}\nmanagement: {}"})
  void an_empty_document_leaves_everything_at_its_default(String text) throws Exception {
    assertThat(parse(text, Map.of())).isEqualTo(defaults());
  }

  @Test
  void the_shipped_settings_are_the_defaults() throws Exception {
    assertThat(parse(Files.readString(Path.of("conf/apitwo.yaml")), Map.of()))
        .isEqualTo(defaults());
  }

  @Test
  void every_setting_is_read() throws Exception {
    assertThat(parse(FULL, Map.of("TOKEN", TOKEN)))
        .isEqualTo(
            new Settings(
                new Proxy(
                    "0.0.0.0",
                    80,
                    new Tls(443, Path.of("a.crt"), Path.of("a.key")),
                    List.of(Cidr.parse("10.0.0.0/8"), Cidr.parse("::1")),
                    Transport.IO_URING,
                    2,
                    Duration.ofMinutes(5)),
                new Management("::", 0, TOKEN, null),
                new Store(
                    new Redis(
                        RedisMode.SENTINEL,
                        List.of(new Endpoint("a", 26_379), new Endpoint("::1", 26_380)),
                        new Sentinel("m", "watcher", TOKEN),
                        "app",
                        TOKEN,
                        3,
                        true,
                        Path.of("ca.pem")),
                    1_000,
                    Duration.ofMillis(20),
                    Layout.PLAIN,
                    4),
                new Cluster(
                    "c",
                    TOKEN,
                    "10.0.0.1",
                    1,
                    2,
                    List.of(),
                    "nodes.example",
                    new ClusterTls(Path.of("n.crt"), Path.of("n.key"), Path.of("n.pem"))),
                new RulesSource(Path.of("r.yaml"), true),
                Path.of("d"),
                LogFormat.JSON,
                AccessLog.TEXT,
                Duration.ZERO));
  }

  @Test
  void members_are_read_with_the_cluster_s_port_where_they_have_none() throws Exception {
    Settings settings =
        parse(
            "cluster: {enabled: true, port: 6000, members: ['a', 'b:7', '[::1]:8']}",
            Map.of("APITWO_CLUSTER_SECRET", TOKEN));

    assertThat(settings.cluster().members())
        .containsExactly(new Endpoint("a", 6_000), new Endpoint("b", 7), new Endpoint("::1", 8));
  }

  @Test
  void the_secret_is_not_shown() throws Exception {
    Settings settings =
        parse("cluster: {enabled: true}", Map.of("APITWO_CLUSTER_SECRET", "not to be shown!"));

    assertThat(settings.toString()).doesNotContain("shown");
  }

  @Test
  void variables_override_the_document() throws Exception {
    Settings settings =
        parse(
            FULL,
            Map.ofEntries(
                Map.entry("TOKEN", TOKEN),
                Map.entry("APITWO_PROXY_PORT", "81"),
                Map.entry("APITWO_PROXY_TLS_CERT", "b.crt"),
                Map.entry("APITWO_PROXY_TRUSTED_PROXIES", "192.168.0.0/16, ::2"),
                Map.entry("APITWO_PROXY_IDLE_TIMEOUT", "1s"),
                Map.entry("APITWO_MANAGEMENT_TOKEN", "1234567890123456"),
                Map.entry("APITWO_STORE_MAX_ENTRIES", "2000"),
                Map.entry("APITWO_STORE_TIMEOUT", "10s"),
                Map.entry("APITWO_STORE_LAYOUT", "packed"),
                Map.entry("APITWO_STORE_EXPECTED_NODES", "10000"),
                Map.entry("APITWO_STORE_REDIS_ENDPOINTS", "b:1, c:2"),
                Map.entry("APITWO_STORE_REDIS_MASTER", "n"),
                Map.entry("APITWO_STORE_REDIS_SENTINEL_USERNAME", "guard"),
                Map.entry("APITWO_STORE_REDIS_SENTINEL_PASSWORD", "${q}"),
                Map.entry("APITWO_STORE_REDIS_USERNAME", "other"),
                Map.entry("APITWO_STORE_REDIS_PASSWORD", "${p}"),
                Map.entry("APITWO_STORE_REDIS_DATABASE", "4"),
                Map.entry("APITWO_STORE_REDIS_CA_FILE", "b.pem"),
                Map.entry("APITWO_CLUSTER_SECRET", "another secret!!"),
                Map.entry("APITWO_CLUSTER_BUS_PORT", "3"),
                Map.entry("APITWO_RULES_FILE", "e.yaml"),
                Map.entry("APITWO_DATA_DIR", "e"),
                Map.entry("APITWO_LOG_FORMAT", "text"),
                Map.entry("APITWO_ACCESS_LOG", "off"),
                Map.entry("APITWO_DRAIN_TIMEOUT", "10m")));

    assertThat(settings.proxy().port()).isEqualTo(81);
    assertThat(settings.proxy().tls()).isEqualTo(new Tls(443, Path.of("b.crt"), Path.of("a.key")));
    assertThat(settings.proxy().trustedProxies())
        .containsExactly(Cidr.parse("192.168.0.0/16"), Cidr.parse("::2"));
    assertThat(settings.proxy().idleTimeout()).isEqualTo(Duration.ofSeconds(1));
    assertThat(settings.management().token()).isEqualTo("1234567890123456");
    assertThat(settings.store())
        .isEqualTo(
            new Store(
                new Redis(
                    RedisMode.SENTINEL,
                    List.of(new Endpoint("b", 1), new Endpoint("c", 2)),
                    new Sentinel("n", "guard", "${q}"),
                    "other",
                    "${p}",
                    4,
                    true,
                    Path.of("b.pem")),
                2_000,
                Duration.ofSeconds(10),
                Layout.PACKED,
                10_000));
    assertThat(settings.cluster().secret()).isEqualTo("another secret!!");
    assertThat(settings.cluster().busPort()).isEqualTo(3);
    assertThat(settings.rules()).isEqualTo(new RulesSource(Path.of("e.yaml"), true));
    assertThat(settings.dataDir()).isEqualTo(Path.of("e"));
    assertThat(settings.logFormat()).isEqualTo(LogFormat.TEXT);
    assertThat(settings.accessLog()).isEqualTo(AccessLog.OFF);
    assertThat(settings.drainTimeout()).isEqualTo(Duration.ofMinutes(10));
  }

  @Test
  void an_override_stands_in_for_a_wrong_value() throws Exception {
    assertThat(parse("proxy: {port: http}", Map.of("APITWO_PROXY_PORT", "81")).proxy().port())
        .isEqualTo(81);
  }

  @Test
  void an_empty_variable_is_as_if_unset() throws Exception {
    assertThat(parse(Map.of("APITWO_PROXY_PORT", "", "APITWO_RULES_FILE", "")))
        .isEqualTo(defaults());
  }

  @Test
  void a_variable_is_taken_as_it_is() throws Exception {
    assertThat(parse(Map.of("APITWO_DATA_DIR", "${HOME}")).dataDir()).isEqualTo(Path.of("${HOME}"));
  }

  @Test
  void a_token_comes_from_a_file_without_its_newline(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("token"), TOKEN + "\r\n");

    assertThat(parse("management: {token: '${file:%s}'}".formatted(file), Map.of()).management())
        .isEqualTo(new Management("127.0.0.1", 9090, TOKEN, null));
  }

  @Test
  void token_and_password_are_not_in_the_text_of_the_settings() throws Exception {
    assertThat(parse(FULL, Map.of("TOKEN", TOKEN)).toString()).doesNotContain(TOKEN);
  }

  @ParameterizedTest
  @ValueSource(strings = {"localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1", "[::1]"})
  void loopback_needs_no_token(String host) throws Exception {
    assertThat(parse("management: {host: '" + host + "'}", Map.of()).management().token()).isNull();
  }

  @Test
  void a_token_file_is_enough_beyond_loopback() throws Exception {
    assertThat(parse("management: {host: 0.0.0.0, tokenFile: t}", Map.of()).management())
        .isEqualTo(new Management("0.0.0.0", 9090, null, Path.of("t")));
  }

  @Test
  void unknown_variables_are_named_without_their_values() {
    assertThat(
            SettingsDocument.unknownVariables(
                Map.of(
                    "APITWO_PROXY_PROT", "secret1",
                    "APITWO_PROXY", "secret2",
                    "APITWO_NOTHING_LIKE_IT", "secret3",
                    "APITWO_PROXY_PORT", "81",
                    "APITWO_TEST_CLOCK", "1",
                    "PATH", "/bin")))
        .containsExactly(
            "APITWO_NOTHING_LIKE_IT",
            "APITWO_PROXY",
            "APITWO_PROXY_PROT (did you mean APITWO_PROXY_PORT?)");
  }

  @Test
  void what_kubernetes_sets_for_a_service_is_no_setting() throws Exception {
    Map<String, String> pod =
        Map.of(
            "APITWO_SERVICE_HOST", "10.0.0.1",
            "APITWO_SERVICE_PORT", "8080",
            "APITWO_SERVICE_PORT_HTTP", "8080",
            "APITWO_PORT", "tcp://10.0.0.1:8080",
            "APITWO_PORT_8080_TCP", "tcp://10.0.0.1:8080",
            "APITWO_PORT_8080_TCP_ADDR", "10.0.0.1",
            "APITWO_PROXY_PORT", "tcp://10.0.0.1:8080",
            "APITWO_STORE_REDIS_PORT", "tcp://10.0.0.1:6379",
            "APITWO_MANAGEMENT_PORT", "tcp://10.0.0.1:9090");

    assertThat(SettingsDocument.unknownVariables(pod)).isEmpty();
    assertThat(parse(pod)).isEqualTo(defaults());
  }

  @Test
  void without_a_word_on_entries_they_fit_the_heap() throws Exception {
    int entries = parse(Map.of()).store().maxEntries();
    assertThat(entries).isBetween(1_000, 1_000_000);
    assertThat(entries * 2_048L).isLessThanOrEqualTo(Runtime.getRuntime().maxMemory());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{proxy: {port: 0}, management: {port: 0}}",
        "{proxy: {host: 127.0.0.2, port: 8080}, management: {port: 8080}}",
        "{proxy: {host: 10.0.0.5, port: 8080}, management: {host: localhost, port: 8080}}",
        "{proxy: {port: 0, tls: {port: 0, cert: c, key: k}}}"
      })
  void listeners_with_addresses_of_their_own_are_taken(String text) throws Exception {
    assertThat(parse(text, Map.of()).management().token()).isNull();
  }
}
