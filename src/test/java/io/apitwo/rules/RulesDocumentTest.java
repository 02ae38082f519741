package io.apitwo.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apitwo.limit.Accuracy;
import io.apitwo.limit.Algorithm;
import io.apitwo.limit.ConcurrencyQuota;
import io.apitwo.limit.Limit;
import io.apitwo.limit.OnStoreFailure;
import io.apitwo.limit.Quota;
import io.apitwo.limit.RateQuota;
import io.apitwo.limit.Window;
import io.apitwo.rules.Clients.Missing;
import io.apitwo.rules.KeyPart.ApiKey.Carrier;
import io.apitwo.rules.Told.Headers;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
        - id: tenants
          match: { path: "/tenants/{tenant}/**", pathParameters: true, escapedSlash: true }
          upstream: echo
          limits: [tenants]
          cost: { default: 2, methods: { GET: 1, POST: 5 }, header: X-Cost }
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
          refusal: { status: 503, body: "Come back later", contentType: text/plain; charset=utf-8 }
          shadow: true
          refundOn: [5xx, 404, "409"]
          overrides: { 10.0.0.1: { windows: { minute: 500 } } }
        keys:
          by: [{ header: X-Api-Key }, address]
          windows: { minute: 5 }
          missing: anonymous
        tenants: { by: [{ path: tenant }, { claim: org.id }], windows: { minute: 5 } }
        users:
          by:
            first:
              - { claim: sub }
              - { apiKey: { header: X-Api-Key } }
              - { apiKey: { query: key } }
              - address
          windows: { minute: 5 }
        logins: { by: [{ body: user }, { cookie: id }, { query: q }], windows: { minute: 5 } }
        all: { by: [{ constant: all }, route, method, host], windows: { minute: 5 } }
        steps: { by: [address], algorithm: sliding, windows: { minute: 5, hour: 5 }, phase: client }
        rate: { by: [address], algorithm: token-bucket, rate: 10/s, burst: 20 }
        atOnce: { by: [address], algorithm: concurrency, max: 3, onStoreFailure: deny }
      plans:
        pro:
          when: { claim: { plan: [pro, gold] }, header: { X-Plan: pro } }
          limits: { default: { by: [address], windows: { minute: 500 } } }
        enterprise: { when: { consumer: acme, host: [acme.example] } }
        partner: { limits: { keys: { by: [address], windows: { minute: 5 } } } }
      allow: [10.0.0.0/8, "::1", { consumer: [acme, other] }]
      deny: [192.0.2.1, { claim: { sub: mallory } }]
      quotaPath: /quota
      identity:
        ipv6Prefix: 56
        jwt:
          keys:
            - { jwks: "http://127.0.0.1:8/keys" }
            - { secretFile: pom.xml }
            - { pem: src/test/resources/rules/public.pem, kid: a }
          algorithms: [RS256, HS256]
          issuer: https://issuer.example
          audience: [a, b]
          leeway: 3s
        apiKeys:
          - hash: "a1B2c3D4:00112233445566778899aabbccddeeff:%s"
            consumer: acme
            plan: partner
            expires: 2030-01-31T00:00:00Z
        apiKeysInRedis: true
        failures: 60/m
      """
          .formatted("0123456789abcdef".repeat(4));

  private static final Limit OVERRIDE =
      new Limit(
          "default",
          Algorithm.FIXED,
          List.of(Quota.of(Window.MINUTE, 500)),
          Accuracy.STRICT,
          OnStoreFailure.ALLOW,
          false,
          true);

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
                    false,
                    true),
                Map.of("10.0.0.1", OVERRIDE),
                new Clients(List.of(new KeyPart.Address()), false, Missing.UNAUTHORIZED),
                new Effect(true, new Statuses(Set.of("5xx", "404", "409"))),
                new Told(
                    new Headers(false, true),
                    Duration.ofSeconds(5),
                    new Told.Refusal(503, "Come back later", "text/plain; charset=utf-8"))));
    assertThat(limits.get("keys").clients().parts())
        .containsExactly(new KeyPart.Header("x-api-key"), new KeyPart.Address());
    assertThat(limits.get("keys").limit().accuracy()).isEqualTo(Accuracy.EXACT);
    assertThat(limits.get("keys").limit().onStoreFailure()).isEqualTo(OnStoreFailure.LOCAL);
    assertThat(limits.get("keys").limit().phased()).isFalse();
    assertThat(limits.get("keys").told().retryAfterJitter()).isZero();
    assertThat(limits.get("keys").clients().missing()).isEqualTo(Missing.ANONYMOUS);
    assertThat(limits.get("keys").told().headers()).isEqualTo(new Headers(true, false));
  }

  @Test
  void client_keys_are_read() throws Exception {
    Map<String, LimitRule> limits = parse(FULL).limits();

    assertThat(limits.get("tenants").clients().parts())
        .containsExactly(new KeyPart.PathParameter("tenant"), new KeyPart.Claim("org.id"));
    assertThat(limits.get("users").clients())
        .isEqualTo(
            new Clients(
                List.of(
                    new KeyPart.Claim("sub"),
                    new KeyPart.ApiKey(Carrier.HEADER, "x-api-key"),
                    new KeyPart.ApiKey(Carrier.QUERY, "key"),
                    new KeyPart.Address()),
                true,
                Missing.ADDRESS));
    assertThat(limits.get("logins").clients().parts())
        .containsExactly(
            new KeyPart.Body("user"), new KeyPart.Cookie("id"), new KeyPart.Query("q"));
    assertThat(limits.get("all").clients().parts())
        .containsExactly(
            new KeyPart.Constant("all"),
            new KeyPart.RouteId(),
            new KeyPart.Method(),
            new KeyPart.Host());
  }

  @Test
  void costs_are_read() throws Exception {
    Cost cost = parse(FULL).routes().get(1).cost();

    assertThat(cost).isEqualTo(new Cost(2, Map.of("GET", 1L, "POST", 5L), "x-cost"));
    assertThat(List.of(cost.of("GET"), cost.of("HEAD"), cost.of("POST"), cost.of("PUT")))
        .containsExactly(1L, 1L, 5L, 2L);
  }

  @Test
  void plans_and_lists_are_read() throws Exception {
    Access access = parse(FULL).access();

    assertThat(access.plans())
        .extracting(Plan::name)
        .containsExactly("pro", "enterprise", "partner");
    assertThat(access.plans().get(0).when())
        .containsExactly(
            new Carries(new KeyPart.Claim("plan"), Set.of("pro", "gold")),
            new Carries(new KeyPart.Header("x-plan"), Set.of("pro")));
    assertThat(access.plans().get(1).when())
        .containsExactly(
            new Carries(new KeyPart.Consumer(), Set.of("acme")),
            new Carries(new KeyPart.Host(), Set.of("acme.example")));
    assertThat(access.plans().get(2).limits()).containsOnlyKeys("keys");
    assertThat(access.allow())
        .isEqualTo(
            new ClientList(
                List.of(Cidr.parse("10.0.0.0/8"), Cidr.parse("::1")),
                List.of(new Carries(new KeyPart.Consumer(), Set.of("acme", "other")))));
    assertThat(access.deny().clients())
        .containsExactly(new Carries(new KeyPart.Claim("sub"), Set.of("mallory")));
    assertThat(access.quotaPath()).isEqualTo("/quota");
  }

  @Test
  void identity_is_read() throws Exception {
    Identity identity = parse(FULL).identity();

    Identity.Jwt jwt = identity.jwt();
    assertThat(jwt.keys()).hasSize(3);
    assertThat(jwt.keys().get(0))
        .isEqualTo(new Identity.TokenKey.Jwks(URI.create("http://127.0.0.1:8/keys")));
    assertThat(jwt.keys().get(1)).hasToString("Secret[***]");
    assertThat(jwt.algorithms()).containsExactlyInAnyOrder("RS256", "HS256");
    assertThat(jwt.issuer()).isEqualTo("https://issuer.example");
    assertThat(jwt.audience()).containsExactlyInAnyOrder("a", "b");
    assertThat(jwt.leeway()).isEqualTo(Duration.ofSeconds(3));
    assertThat(identity.apiKeys().inRedis()).isTrue();
    assertThat(identity.apiKeys().byId().get("a1B2c3D4"))
        .extracting(Identity.ApiKey::consumer, Identity.ApiKey::plan, Identity.ApiKey::expires)
        .containsExactly("acme", "partner", Instant.parse("2030-01-31T00:00:00Z"));
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

    assertThat(rules.routes())
        .extracting(Route::id)
        .containsExactly("writes", "tenants", "everything");
    Route writes = rules.route("a.example.com", "/api/x", "POST");
    assertThat(writes.id()).isEqualTo("writes");
    assertThat(writes.cost().of("POST")).isEqualTo(5);
    assertThat(writes.upstream()).isSameAs(rules.upstreams().get("api"));
    assertThat(writes.limits())
        .containsExactly(rules.limits().get("default"), rules.limits().get("keys"));
    assertThat(rules.route("a.example.com", "/api/x", "GET").id()).isEqualTo("everything");
    assertThat(rules.identity().ipv6Prefix()).isEqualTo(56);
  }

  @Test
  void what_is_left_out_has_its_default() throws Exception {
    Rules rules = parse("upstreams: {u: {targets: [http://a]}}\nroutes: [{id: r, upstream: u}]");

    assertThat(rules.identity().ipv6Prefix()).isEqualTo(64);
    assertThat(rules.limits()).isEmpty();
    Route route = rules.route("", "/", "PURGE");
    assertThat(route.cost()).isEqualTo(Cost.ONE);
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

  @ParameterizedTest
  @ValueSource(
      strings = {
        "APITWO_MANAGEMENT_TOKEN",
        "APITWO_CLUSTER_SECRET",
        "APITWO_STORE_REDIS_PASSWORD",
        "REDIS_URL",
      })
  void the_settings_of_the_gateway_are_not_for_rules(String name) {
    String text =
        "upstreams: {u: {targets: ['https://${%s}']}}\nroutes: [{id: r, upstream: u}]"
            .formatted(name);

    assertThatThrownBy(() -> RulesDocument.parse("r", text, Map.of(name, "a.example")::get))
        .hasMessageContaining("${" + name + "}")
        .hasMessageContaining("(expected: a variable that is not the gateway's own: " + name + ")")
        .hasMessageNotContaining("a.example");
  }

  @Test
  void a_dollar_before_a_placeholder_makes_it_plain_text() throws Exception {
    Placeholders placeholders = new Placeholders(Map.of("A", "${B}")::get);

    assertThat(placeholders.fill("$${A} $A $ {A} ${A}$")).isEqualTo("${A} $A $ {A} ${B}$");
  }
}
