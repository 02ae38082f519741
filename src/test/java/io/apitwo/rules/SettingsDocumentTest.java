package io.apitwo.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SettingsDocumentTest {
  private static Settings parse(String text, String... environment)
      throws InvalidDocumentException {
    return SettingsDocument.parse("apitwo.yaml", text, variables(environment));
  }

  private static Map<String, String> variables(String... pairs) {
    Map<String, String> variables = new HashMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      variables.put(pairs[i], pairs[i + 1]);
    }
    return variables;
  }

  private static List<String> problems(String text, String... environment) {
    InvalidDocumentException e =
        catchThrowableOfType(InvalidDocumentException.class, () -> parse(text, environment));
    assertThat(e).as("refused: %s", text).isNotNull();
    return e.problems().stream().map(Problem::toString).toList();
  }

  @Test
  void an_empty_document_means_the_defaults() throws InvalidDocumentException {
    Settings settings = parse("");
    assertThat(settings.proxy().host()).isEqualTo("127.0.0.1");
    assertThat(settings.proxy().port()).isEqualTo(8080);
    assertThat(settings.proxy().tls()).isNull();
    assertThat(settings.proxy().trustedProxies()).isEmpty();
    assertThat(settings.proxy().transport()).isEqualTo(Settings.Transport.AUTO);
    assertThat(settings.proxy().idleTimeout()).isEqualTo(Duration.ofSeconds(75));
    assertThat(settings.management().port()).isEqualTo(9090);
    assertThat(settings.management().token()).isNull();
    assertThat(settings.store().maxEntries()).isEqualTo(1_000_000);
    assertThat(settings.rules())
        .isEqualTo(new Settings.RulesSource(Path.of("conf/rules.yaml"), false));
    assertThat(settings.dataDir()).isEqualTo(Path.of("data"));
    assertThat(settings.logFormat()).isEqualTo(Settings.LogFormat.TEXT);
    assertThat(settings.accessLog()).isEqualTo(Settings.AccessLog.OFF);
    assertThat(settings.drainTimeout()).isEqualTo(Duration.ofSeconds(20));
  }

  @Test
  void every_setting_has_a_variable_that_replaces_it() throws InvalidDocumentException {
    Settings settings =
        parse(
            "proxy: { port: 1, host: 10.0.0.1 }",
            "APITWO_PROXY_PORT",
            "9000",
            "APITWO_PROXY_TRUSTED_PROXIES",
            "10.0.0.0/8, 192.168.1.1",
            "APITWO_PROXY_TLS_PORT",
            "8443",
            "APITWO_PROXY_TLS_CERT",
            "c.pem",
            "APITWO_PROXY_TLS_KEY",
            "k.pem",
            "APITWO_ACCESS_LOG",
            "json",
            "APITWO_RULES_FILE",
            "r.yaml",
            "APITWO_DATA_DIR",
            "",
            "APITWO_DRAIN_TIMEOUT",
            "1s");
    assertThat(settings.proxy().port()).isEqualTo(9000);
    assertThat(settings.proxy().host()).isEqualTo("10.0.0.1");
    assertThat(settings.proxy().trustedProxies())
        .containsExactly(Cidr.parse("10.0.0.0/8"), Cidr.parse("192.168.1.1/32"));
    assertThat(settings.proxy().tls())
        .isEqualTo(new Settings.Tls(8443, Path.of("c.pem"), Path.of("k.pem")));
    assertThat(settings.accessLog()).isEqualTo(Settings.AccessLog.JSON);
    assertThat(settings.rules()).isEqualTo(new Settings.RulesSource(Path.of("r.yaml"), true));
    assertThat(settings.dataDir()).isEqualTo(Path.of("data"));
    assertThat(settings.drainTimeout()).isEqualTo(Duration.ofSeconds(1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "proxy: { port: 65536 } | apitwo.yaml:1:16: proxy.port: 65536 (expected: an integer from 0 to 65535)",
        "proxy: { transport: fast } | apitwo.yaml:1:21: proxy.transport: fast (expected: one of auto, io_uring, epoll, nio)",
        "proxy: { tls: { port: 1, cert: c } } | apitwo.yaml:1:15: proxy.tls.key: nothing (expected: port, cert and key together)",
        "proxy: { trustedProxies: [x] } | apitwo.yaml:1:27: proxy.trustedProxies[0]: x (expected: an address or a block such as 10.0.0.0/8)",
        "drain: { timeout: 20 } | apitwo.yaml:1:19: drain.timeout: 20 (expected: a duration such as 50ms, 20s or 5m, from 0ms to 10m)",
        "store: { type: mongo } | apitwo.yaml:1:16: store.type: mongo (expected: embedded)",
        "managment: {} | apitwo.yaml:1:1: managment: unknown key (expected: one of accessLog, dataDir, drain, log, management, proxy, rules, store)",
        "management: { host: 0.0.0.0 } | apitwo.yaml:1:21: management.host: 0.0.0.0 (expected: a loopback address, or a management.token or management.tokenFile)",
      })
  void what_is_wrong_is_said_with_its_place(String text, String problem) {
    assertThat(problems(text)).containsExactly(problem);
  }

  @Test
  void a_wrong_override_names_its_variable() {
    assertThat(problems("", "APITWO_PROXY_PORT", "http"))
        .containsExactly(
            "environment: APITWO_PROXY_PORT: http (expected: an integer from 0 to 65535)");
  }

  @Test
  void a_token_is_never_shown() throws InvalidDocumentException {
    assertThat(problems("management: { token: hunter2 }").toString()).doesNotContain("hunter2");
    assertThat(problems("", "APITWO_MANAGEMENT_TOKEN", "hunter2").toString())
        .doesNotContain("hunter2");
    assertThat(problems("management: { token: \"${T}\" }", "T", "hunter2").toString())
        .doesNotContain("hunter2");
    Settings settings = parse("management: { token: \"${T}\" }", "T", "a-token-of-some-length");
    assertThat(settings.management().token()).isEqualTo("a-token-of-some-length");
    assertThat(settings.toString()).doesNotContain("a-token-of-some-length");
  }

  @Test
  void misspelt_variables_are_known_from_kubernetes_own() {
    Map<String, String> environment =
        variables(
            "APITWO_PROXY_PROT", "1",
            "APITWO_PROXY_PORT", "1",
            "APITWO_SERVICE_HOST", "10.0.0.1",
            "APITWO_SERVICE_PORT_HTTP", "80",
            "APITWO_PORT", "tcp://10.0.0.1:80",
            "APITWO_PORT_80_TCP_ADDR", "10.0.0.1",
            "APITWO_TEST_REDIS", "x",
            "PATH", "/bin");
    assertThat(SettingsDocument.unknownVariables(environment)).containsExactly("APITWO_PROXY_PROT");
  }
}
