package io.apitwo.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.limit.Accuracy;
import io.apitwo.limit.Algorithm;
import io.apitwo.limit.ConcurrencyQuota;
import io.apitwo.limit.Limit;
import io.apitwo.limit.OnStoreFailure;
import io.apitwo.limit.Quota;
import io.apitwo.limit.RateQuota;
import io.apitwo.limit.Window;
import io.apitwo.rules.LimitRule.Headers;
import io.apitwo.rules.LimitRule.Missing;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RulesDocumentTest {
  /** Everything that rules can say. */
  static final String FULL =
      """
      generation: 3
      upstreams:
        echo: { builtin: echo }
        api:
          targets: [http://a, "https://B.example:8443/", "http://[::1]:81"]
          connectTimeout: 50ms
          timeout: 2m
      routes:
        - id: writes
          match: { host: "*.example.com", path: /api/**, methods: [POST, PUT] }
          upstream: api
          limits: [default, keys]
          cost: 5
        - { id: everything, upstream: echo }
      limits:
        default:
          by: [address]
          algorithm: fixed
          windows: { day: 1000, minute: 50, second: 5, hour: 100, month: 999999999999999 }
          accuracy: strict
          onStoreFailure: allow
          missing: 401
          retryAfterJitter: 5s
          headers: { ietf: false, xRateLimit: true }
        keys:
          by: [{ header: X-Api-Key }, address]
          windows: { minute: 5 }
          missing: anonymous
        steps: { by: [address], algorithm: sliding, windows: { minute: 5, hour: 5 }, phase: client }
        rate: { by: [address], algorithm: token-bucket, rate: 10/s, burst: 20 }
        atOnce: { by: [address], algorithm: concurrency, max: 3, onStoreFailure: deny }
      identity: { ipv6Prefix: 56 }
      """;

  private static Rules parse(String text) throws InvalidDocumentException {
    return RulesDocument.parse("rules.yaml", text, Map.of("HOST", "inside", "PORT", "81")::get);
  }

  private static List<Upstream.Target> targets(String url) throws InvalidDocumentException {
    String text =
        "upstreams: {u: {targets: ['%s']}}\nroutes: [{id: r, upstream: u}]".formatted(url);
    return ((Upstream.Servers) parse(text).upstreams().get("u")).targets();
  }

  @Test
  void upstreams_are_read() throws Exception {
    assertThat(parse(FULL).upstreams())
        .containsOnly(
            Map.entry("echo", new Upstream.Echo("echo")),
            Map.entry(
                "api",
                new Upstream.Servers(
                    "api",
                    List.of(
                        new Upstream.Target(false, "a", 80),
                        new Upstream.Target(true, "b.example", 8443),
                        new Upstream.Target(false, "::1", 81)),
                    Duration.ofMillis(50),
                    Duration.ofMinutes(2))));
  }

  @Test
  void limits_are_read() throws Exception {
    Map<String, LimitRule> limits = parse(FULL).limits();

    assertThat(limits.get("default"))
        .isEqualTo(
            new LimitRule(
                new Limit(
                    "default",
                    Algorithm.FIXED,
                    List.of(
                        Quota.of(Window.SECOND, 5),
                        Quota.of(Window.MINUTE, 50),
                        Quota.of(Window.HOUR, 100),
                        Quota.of(Window.DAY, 1_000),
                        Quota.of(Window.MONTH, 999_999_999_999_999L)),
                    Accuracy.STRICT,
                    OnStoreFailure.ALLOW,
                    false),
                List.of(new KeyPart.Address()),
                Missing.UNAUTHORIZED,
                new Headers(false, true),
                Duration.ofSeconds(5)));
    assertThat(limits.get("keys").by())
        .containsExactly(new KeyPart.Header("x-api-key"), new KeyPart.Address());
    assertThat(limits.get("keys").limit().accuracy()).isEqualTo(Accuracy.EXACT);
    assertThat(limits.get("keys").limit().onStoreFailure()).isEqualTo(OnStoreFailure.LOCAL);
    assertThat(limits.get("keys").limit().phased()).isFalse();
    assertThat(limits.get("keys").retryAfterJitter()).isZero();
    assertThat(limits.get("keys").missing()).isEqualTo(Missing.ANONYMOUS);
    assertThat(limits.get("keys").headers()).isEqualTo(new Headers(true, false));
  }

  @Test
  void every_algorithm_is_read() throws Exception {
    Map<String, LimitRule> limits = parse(FULL).limits();

    assertThat(limits.get("steps").limit())
        .isEqualTo(
            new Limit(
                "steps",
                Algorithm.SLIDING,
                List.of(Quota.of(Window.MINUTE, 5), Quota.of(Window.HOUR, 5)),
                Accuracy.EXACT,
                OnStoreFailure.LOCAL,
                true));
    assertThat(limits.get("rate").limit())
        .isEqualTo(Limit.of("rate", Algorithm.TOKEN_BUCKET, new RateQuota(10, 1_000_000, 20)));
    assertThat(limits.get("atOnce").limit().quotas()).containsExactly(new ConcurrencyQuota(3));
    assertThat(limits.get("atOnce").limit().onStoreFailure()).isEqualTo(OnStoreFailure.DENY);
  }

  @ParameterizedTest
  @CsvSource({
    "10/s, 10, 1",
    "10/second, 10, 1",
    "600/m, 600, 60",
    "600/minute, 600, 60",
    "7/h, 7, 3600",
    "7/hour, 7, 3600",
    "1/d, 1, 86400",
    "1/day, 1, 86400",
    "'${PORT}/s', 81, 1",
  })
  void a_bucket_holds_what_comes_back_in_a_period_unless_a_burst_is_given(
      String rate, long tokens, long seconds) throws Exception {
    String text =
        """
        upstreams: {u: {builtin: echo}}
        routes: [{id: r, upstream: u}]
        limits: {a: {by: [address], algorithm: token-bucket, rate: '%s'}}
        """;

    assertThat(parse(text.formatted(rate)).limits().get("a").limit().quotas())
        .containsExactly(new RateQuota(tokens, seconds * 1_000_000, tokens));
  }

  @Test
  void routes_are_read_in_order_and_the_first_match_wins() throws Exception {
    Rules rules = parse(FULL);

    assertThat(rules.routes()).extracting(Route::id).containsExactly("writes", "everything");
    Route writes = rules.route("a.example.com", "/api/x", "POST");
    assertThat(writes.id()).isEqualTo("writes");
    assertThat(writes.cost()).isEqualTo(5);
    assertThat(writes.upstream()).isSameAs(rules.upstreams().get("api"));
    assertThat(writes.limits())
        .containsExactly(rules.limits().get("default"), rules.limits().get("keys"));
    assertThat(rules.route("a.example.com", "/api/x", "GET").id()).isEqualTo("everything");
    assertThat(rules.ipv6Prefix()).isEqualTo(56);
  }

  @Test
  void what_is_left_out_has_its_default() throws Exception {
    Rules rules = parse("upstreams: {u: {targets: [http://a]}}\nroutes: [{id: r, upstream: u}]");

    assertThat(rules.ipv6Prefix()).isEqualTo(64);
    assertThat(rules.limits()).isEmpty();
    Route route = rules.route("", "/", "PURGE");
    assertThat(route.cost()).isEqualTo(1);
    assertThat(route.limits()).isEmpty();
    assertThat((Upstream.Servers) route.upstream())
        .extracting(Upstream.Servers::connectTimeout, Upstream.Servers::timeout)
        .containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(30));
  }

  @Test
  void json_is_read_too() throws Exception {
    String json =
        """
        {"upstreams": {"u": {"builtin": "echo"}},
        \t"routes": [{"id": "r", "upstream": "u", "match": {"path": "\\/a"}}]}
        """;

    assertThat(parse(json).route("", "/a", "GET")).isNotNull();
  }

  @Test
  void a_byte_order_mark_and_windows_line_ends_change_nothing() throws Exception {
    assertThat(parse("\ufeff" + FULL.replace("\n", "\r\n")).limits())
        .isEqualTo(parse(FULL).limits());
  }

  @Test
  void nothing_matches_where_no_route_does() throws Exception {
    String text =
        "upstreams: {u: {builtin: echo}}\nroutes: [{id: r, upstream: u, match: {path: /a}}]";

    assertThat(parse(text).route("", "/b", "GET")).isNull();
  }

  @Test
  void a_variable_is_filled_in_inside_a_text() throws Exception {
    assertThat(targets("http://${HOST}.example:${PORT}"))
        .containsExactly(new Upstream.Target(false, "inside.example", 81));
  }

  @Test
  void a_file_is_filled_in_without_its_last_newline(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("host"), "b.example\n");

    assertThat(targets("https://${file:" + file + "}"))
        .containsExactly(new Upstream.Target(true, "b.example", 443));
  }

  @Test
  void a_dollar_before_a_placeholder_makes_it_plain_text() throws Exception {
    Placeholders placeholders = new Placeholders(Map.of("A", "${B}")::get);

    assertThat(placeholders.fill("$${A} $A $ {A} ${A}$")).isEqualTo("${A} $A $ {A} ${B}$");
  }
}
