package io.apitwo.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.apitwo.limit.Quota;
import io.apitwo.limit.Window;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class RulesDocumentTest {
  private static final String GOOD =
      """
      upstreams:
        api: { targets: [http://127.0.0.1:9000, "https://[::1]"], connectTimeout: 200ms, timeout: 5m }
      routes:
        - { id: login, match: { host: "*.example.com", path: /login, methods: [POST] }, upstream: api, limits: [strict], cost: 2 }
        - { id: rest, upstream: api }
      limits:
        strict: { by: [address, { header: X-Key }], windows: { day: 100, second: 3 }, missing: 401, headers: { xRateLimit: true } }
      identity: { ipv6Prefix: 56 }
      """;

  private static Rules parse(String text) throws InvalidDocumentException {
    return RulesDocument.parse("rules.yaml", text, Map.of("HOST", "127.0.0.1")::get);
  }

  private static List<String> problems(String text) {
    InvalidDocumentException e =
        catchThrowableOfType(InvalidDocumentException.class, () -> parse(text));
    assertThat(e).as("refused: %s", text).isNotNull();
    return e.problems().stream().map(Problem::toString).toList();
  }

  @Test
  void a_document_becomes_routes_upstreams_and_limits() throws InvalidDocumentException {
    Rules rules = parse(GOOD);
    Route login = rules.route("a.example.com", "/login", "POST");
    assertThat(login.id()).isEqualTo("login");
    assertThat(login.cost()).isEqualTo(2);
    assertThat(rules.route("example.com", "/login", "POST").id()).isEqualTo("rest");
    Upstream.Servers api = (Upstream.Servers) login.upstream();
    assertThat(api.targets())
        .extracting(Upstream.Target::authority)
        .containsExactly("127.0.0.1:9000", "[::1]");
    assertThat(api.connectTimeout()).isEqualTo(Duration.ofMillis(200));
    assertThat(api.timeout()).isEqualTo(Duration.ofMinutes(5));
    LimitRule strict = login.limits().get(0);
    assertThat(strict.limit().quotas())
        .containsExactly(new Quota(Window.SECOND, 3), new Quota(Window.DAY, 100));
    assertThat(strict.by()).containsExactly(new KeyPart.Address(), new KeyPart.Header("x-key"));
    assertThat(strict.missing()).isEqualTo(LimitRule.Missing.UNAUTHORIZED);
    assertThat(strict.headers()).isEqualTo(new LimitRule.Headers(true, true));
    assertThat(rules.ipv6Prefix()).isEqualTo(56);
  }

  @Test
  void json_is_taken_as_well() throws InvalidDocumentException {
    Rules rules =
        parse(
            "{\"upstreams\":{\"e\":{\"builtin\":\"echo\"}},\"routes\":[{\"id\":\"a\",\"upstream\":\"e\"}]}");
    assertThat(rules.routes()).hasSize(1);
  }

  @Test
  void variables_and_files_are_filled_in(@TempDir Path folder)
      throws IOException, InvalidDocumentException {
    Files.writeString(folder.resolve("port"), "9001\n");
    Rules rules =
        parse(
            """
            upstreams: { api: { targets: ["http://${HOST}:${file:%s/port}"] } }
            routes: [{ id: a, upstream: api }]
            """
                .formatted(folder));
    Upstream.Servers api = (Upstream.Servers) rules.upstreams().get("api");
    assertThat(api.targets().get(0)).isEqualTo(new Upstream.Target(false, "127.0.0.1", 9001));
  }

  static List<Arguments> bad() {
    return List.of(
        one("", "rules.yaml:1:1: an empty document (expected: rules with at least one route)"),
        one("- a", "rules.yaml:1:1: a list (expected: a mapping)"),
        one(
            "routes: [",
            "rules.yaml:1:10: expected the node content, but found '<stream end>' (expected: a YAML document)"),
        one("limits: &x {}", "rules.yaml:1:9: an anchor (expected: no anchors)"),
        one("limits: !!map {}", "rules.yaml:1:9: a tag (expected: no tags)"),
        one("a: 1\n---\nb: 1", "rules.yaml:2:1: another document (expected: one document)"),
        one(
            withLimit("by: [address], windows: { minute: 0 }"),
            "rules.yaml:3:50: limits.x.windows.minute: 0 (expected: an integer from 1 to 999999999999999)"),
        one(
            withLimit("by: [address], windows: { minute: -5 }"),
            "rules.yaml:3:50: limits.x.windows.minute: -5 (expected: an integer from 1 to 999999999999999)"),
        one(
            withLimit("by: [address], windows: { minute: 1_000 }"),
            "rules.yaml:3:50: limits.x.windows.minute: 1_000 (expected: an integer from 1 to 999999999999999)"),
        one(
            withLimit("by: [address], windows: { week: 1, day: 2 }"),
            "rules.yaml:3:42: limits.x.windows.week: unknown key (expected: one of day, hour, minute, month, second)"),
        one(
            withLimit("by: [address], windows: {}"),
            "rules.yaml:3:40: limits.x.windows: a mapping (expected: at least one of second, minute, hour, day, month)"),
        one(
            withLimit("windows: { day: 1 }"),
            "rules.yaml:3:14: limits.x.by: nothing (expected: a list of 1 to 4 keys, such as [address])"),
        one(
            withLimit("by: [addres], windows: { day: 1 }"),
            "rules.yaml:3:21: limits.x.by[0]: addres (expected: address or header: NAME)"),
        one(
            withLimit("by: [address, address], windows: { day: 1 }"),
            "rules.yaml:3:30: limits.x.by[1]: address (expected: each key once)"),
        one(
            withLimit("by: [{ header: \"a b\" }], windows: { day: 1 }"),
            "rules.yaml:3:31: limits.x.by[0].header: a b (expected: a header's name)"),
        one(
            withLimit("by: [address], windows: { day: 1 }, missing: nobody"),
            "rules.yaml:3:61: limits.x.missing: nobody (expected: one of address, anonymous, 401)"),
        one(
            withLimit("by: [address], windows: { day: 1 }, headers: { ietf: yes }"),
            "rules.yaml:3:69: limits.x.headers.ietf: yes (expected: true or false)"),
        one(
            withLimit("by: [address], windows: { day: 1, day: 2 }"),
            "rules.yaml:3:50: limits.x.windows.day: a second time (expected: each key once)"),
        one(
            "upstreams: { e: { builtin: echo } }\nroutes: [{ id: a, upstream: f }]",
            "rules.yaml:2:29: routes[0].upstream: f (expected: one of the upstreams: e)"),
        one(
            "upstreams: { e: { builtin: echo } }\nroutes: [{ id: a, upstream: e, limits: [nope] }]",
            "rules.yaml:2:41: routes[0].limits[0]: nope (expected: one of the limits, each once: there are none)"),
        one(
            "upstreams: { e: { builtin: echo } }\nroutes: [{ id: a, upstream: e }, { id: a, upstream: e }]",
            "rules.yaml:2:40: routes[1].id: a (expected: an id that no other route has)"),
        one(
            "upstreams: { e: { builtin: echo } }\nroutes: [{ id: a, upstream: e, match: { path: api } }]",
            "rules.yaml:2:47: routes[0].match.path: api (expected: a path such as /api/**, of segments that are literal, * or a last **)"),
        one(
            "upstreams: { e: { builtin: echo } }\nroutes: [{ id: a, upstream: e, cost: 1000001 }]",
            "rules.yaml:2:38: routes[0].cost: 1000001 (expected: an integer from 1 to 1000000)"),
        one(
            "upstreams: { e: { targets: [ftp://x] } }\nroutes: [{ id: a, upstream: e }]",
            "rules.yaml:1:29: upstreams.e.targets[0]: ftp://x (expected: http://HOST[:PORT] or https://HOST[:PORT])"),
        one(
            "upstreams: { e: { targets: [http://x/path] } }\nroutes: [{ id: a, upstream: e }]",
            "rules.yaml:1:29: upstreams.e.targets[0]: http://x/path (expected: http://HOST[:PORT] or https://HOST[:PORT])"),
        one(
            "upstreams: { e: { targets: [http://x], timeout: 5 } }\nroutes: [{ id: a, upstream: e }]",
            "rules.yaml:1:49: upstreams.e.timeout: 5 (expected: a duration such as 50ms, 20s or 5m, from 1ms to 1h)"),
        one(
            "upstreams: { e: { targets: [\"http://${NOPE}\"] } }\nroutes: [{ id: a, upstream: e }]",
            "rules.yaml:1:29: upstreams.e.targets[0]: http://${NOPE} (expected: an environment variable that is set)"),
        one(
            "upstreams: { e: {} }\nroutes: [{ id: a, upstream: e }]",
            "rules.yaml:1:14: upstreams.e: a mapping (expected: either builtin: echo or targets)"),
        one(
            "upstreams: { e: { builtin: echo } }\nlimits: { minute: { by: [address], windows: { day: 1 } } }\nroutes: [{ id: a, upstream: e }]",
            "rules.yaml:2:11: limits.minute: minute (expected: a name that is not a window's)"),
        one(
            "upstreams: { e: { builtin: echo } }\nroute: []\nroutes: [{ id: a, upstream: e }]",
            "rules.yaml:2:1: route: unknown key (expected: one of generation, identity, limits, routes, upstreams)"));
  }

  private static Arguments one(String text, String problem) {
    return Arguments.of(text, problem);
  }

  private static String withLimit(String limit) {
    return "upstreams: { e: { builtin: echo } }\nroutes: [{ id: a, upstream: e }]\nlimits: { x: { "
            .replace("limits: {", "limits: {")
        + limit
        + " } }";
  }

  @ParameterizedTest
  @MethodSource("bad")
  void what_is_wrong_is_said_with_its_place(String text, String problem) {
    assertThat(problems(text)).containsExactly(problem);
  }

  @Test
  void everything_that_is_wrong_is_said_in_the_documents_order() {
    assertThat(
            problems(
                """
                upstreams: { e: { builtin: ecko } }
                routes: [{ id: a, upstream: e, cost: 0 }]
                limits: { x: { by: [address], windows: { day: many } } }
                """))
        .hasSize(3)
        .satisfies(
            list -> assertThat(list.get(0)).startsWith("rules.yaml:1:28: upstreams.e.builtin"))
        .satisfies(list -> assertThat(list.get(2)).contains("limits.x.windows.day: many"));
  }

  @Test
  void a_cost_that_no_quota_can_hold_is_refused() {
    assertThat(problems(GOOD.replace("cost: 2", "cost: 4")))
        .singleElement()
        .asString()
        .endsWith("routes[0].cost: 4 (expected: at most 3, the quota of strict.second)");
  }

  @Test
  void bombs_are_refused_without_effort() {
    String bomb = "a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n";
    assertThat(problems(bomb)).isNotEmpty();
    assertThat(problems("[".repeat(100_000)))
        .hasSize(1)
        .first()
        .asString()
        .contains("nested too deep");
    assertThat(problems("a: " + "x".repeat(2_000_000)))
        .singleElement()
        .asString()
        .contains("at most 1 MiB");
    assertThat(problems("x: \"\\u0000\u202e\u00e9" + "y".repeat(500) + "\""))
        .first()
        .asString()
        .matches("[ -~]{1,300}");
  }
}
