package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What an operator sees of single clients, and does to them. Windows are months. */
class ClientsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String RULES =
      """
      upstreams: { echo: { builtin: echo } }
      routes:
        - { id: free, match: { path: /free }, upstream: echo }
        - { id: all, upstream: echo, limits: [default, slid, tokens] }
      limits:
        default: { by: [{ header: X-Client }], windows: { hour: 4, month: 6 } }
        slid: { by: [{ header: X-Client }], algorithm: sliding, windows: { month: 50 } }
        tokens: { by: [{ header: X-Team }], algorithm: token-bucket, rate: 1/day, burst: 50 }
        unused: { by: [{ header: X-Client }], windows: { month: 9 } }
      plans:
        gold: { when: { header: { X-Plan: gold } }, limits: { default: { by: [{ header: X-Client }], windows: { hour: 400, month: 600 } } } }
      """;

  @TempDir Path folder;

  private static HttpResponse<String> manage(
      RunningGateway gateway, String method, String path, String body) throws Exception {
    String[] type = {"Content-Type", "application/json"};
    return new Admin(gateway).send(method, path, body, body.isEmpty() ? new String[0] : type);
  }

  private static JsonObject done(RunningGateway gateway, String method, String path, String body)
      throws Exception {
    HttpResponse<String> answer = manage(gateway, method, path, body);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return new JsonObject(answer.body());
  }

  private static String of(String client, String what) {
    return "/admin/v1/clients/" + URLEncoder.encode(client, StandardCharsets.UTF_8) + "/" + what;
  }

  private static JsonObject usage(RunningGateway gateway, String client) throws Exception {
    return done(gateway, "GET", of(client, "usage"), "");
  }

  @ParameterizedTest
  @EnumSource
  void usage_tells_every_limit_in_which_a_client_has_counts(Gateways.Counted counted)
      throws Exception {
    try (Gateways gateways = Gateways.start(folder, counted, RULES)) {
      for (int i = 0; i < 3; i++) {
        assertThat(gateways.status("/", "X-Client", "a/b|c", "X-Team", "red")).isEqualTo(200);
      }
      RunningGateway gateway = gateways.next();
      JsonObject used = usage(gateway, "a/b%7Cc"); // the key as explain tells it
      assertThat(used.getString("client")).isEqualTo("a/b%7Cc");
      JsonArray limits = used.getJsonArray("limits");
      assertThat(limits.stream().map(each -> ((JsonObject) each).getString("limit")))
          .containsExactly("default", "default", "slid");
      assertThat(limits.stream().map(each -> ((JsonObject) each).getString("plan")))
          .containsExactly(null, "gold", null);
      JsonObject month = limits.getJsonObject(0).getJsonArray("buckets").getJsonObject(1);
      assertThat(month.getInteger("quota")).isEqualTo(6);
      assertThat(month.getInteger("used")).isEqualTo(3);
      assertThat(month.getInteger("left")).isEqualTo(3);
      assertThat(month.getInteger("resetSeconds")).isPositive();
      assertThat(usage(gateway, "a/b%7Cc")).isEqualTo(used); // nothing was charged
      JsonObject red = usage(gateway, "red").getJsonArray("limits").getJsonObject(0);
      assertThat(red.getString("limit")).isEqualTo("tokens");
      assertThat(usage(gateway, "nobody").getJsonArray("limits")).isEmpty();
      JsonArray all = done(gateway, "GET", of("x", "usage?all=true"), "").getJsonArray("limits");
      assertThat(all).hasSize(5);
    }
  }

  @ParameterizedTest
  @EnumSource
  void after_a_reset_a_client_has_its_quota_again(Gateways.Counted counted) throws Exception {
    try (Gateways gateways = Gateways.start(folder, counted, RULES)) {
      for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 6; i++) {
          int status = i < 4 ? 200 : 429;
          RunningGateway gateway = gateways.all.get(0); // the other one may remember a refusal
          assertThat(gateway.get("/", "X-Client", "c", "X-Team", "red").statusCode())
              .isEqualTo(status);
        }
        JsonObject reset = done(gateways.all.get(0), "DELETE", of("c", "usage"), "");
        assertThat(reset.getBoolean("converged")).isTrue();
        assertThat(usage(gateways.all.get(0), "c").getJsonArray("limits")).isEmpty();
      }
      assertThat(usage(gateways.all.get(0), "red").getJsonArray("limits")).hasSize(1);
    }
  }

  @Test
  void one_limit_can_be_reset_alone() throws Exception {
    try (RunningGateway gateway = RunningGateway.start(folder, RULES)) {
      gateway.get("/", "X-Client", "c");
      done(gateway, "DELETE", of("c", "usage?limit=slid"), "");
      JsonArray left = usage(gateway, "c").getJsonArray("limits");
      assertThat(left.stream().map(each -> ((JsonObject) each).getString("limit")))
          .containsExactly("default", "default");
      assertThat(manage(gateway, "DELETE", of("c", "usage?limit=none"), "").statusCode())
          .isEqualTo(404);
    }
  }

  @Test
  void the_clients_that_come_most_often_and_that_are_refused_most_are_known() throws Exception {
    try (RunningGateway gateway = RunningGateway.start(folder, RULES, "PROXY_INSTANCES", "2")) {
      for (int i = 0; i < 12; i++) {
        gateway.raw(
            "GET / HTTP/1.1\r\nHost: h\r\nX-Client: "
                + (i < 7 ? "busy" : i < 11 ? "calm" : "rare")
                + "\r\nConnection: close\r\n\r\n");
      }
      JsonObject top = done(gateway, "GET", "/admin/v1/top?limit=default&n=2", "");
      assertThat(top.getString("scope")).isEqualTo("node");
      assertThat(top.getJsonArray("limits"))
          .containsExactly(
              new JsonObject()
                  .put("limit", "default")
                  .put(
                      "clients",
                      new JsonArray()
                          .add(new JsonObject("{\"client\":\"busy\",\"count\":7,\"error\":0}"))
                          .add(new JsonObject("{\"client\":\"calm\",\"count\":4,\"error\":0}"))));
      JsonObject refused = done(gateway, "GET", "/admin/v1/top?by=refused", "");
      assertThat(refused.encode())
          .contains("{\"limit\":\"default\",\"clients\":[{\"client\":\"busy\",\"count\":3,");
      for (String wrong : List.of("n=0", "n=257", "n=x", "by=luck")) {
        assertThat(manage(gateway, "GET", "/admin/v1/top?" + wrong, "").statusCode())
            .isEqualTo(400);
      }
      assertThat(manage(gateway, "GET", "/admin/v1/top?limit=x", "").statusCode()).isEqualTo(404);
    }
  }

  private static int burst(int count, RunningGateway... gateways) {
    HttpClient http = HttpClient.newHttpClient();
    List<CompletableFuture<Integer>> answers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      var request = gateways[i % gateways.length].request("/").header("X-Client", "c").build();
      answers.add(
          http.sendAsync(request, BodyHandlers.discarding()).thenApply(HttpResponse::statusCode));
    }
    List<Integer> statuses = answers.stream().map(CompletableFuture::join).toList();
    assertThat(statuses).isSubsetOf(200, 429);
    return (int) statuses.stream().filter(status -> status == 200).count();
  }

  private static boolean holdsLeases(RunningGateway gateway) throws Exception {
    return gateway
        .manage("/metrics")
        .body()
        .lines()
        .anyMatch(line -> line.startsWith("apitwo_leased_quota") && !line.endsWith(" 0.0"));
  }

  @ParameterizedTest
  @EnumSource(names = {"EMBEDDED", "PACKED"})
  void exactly_the_quota_passes_after_a_reset_while_loops_hold_leases(Gateways.Counted counted)
      throws Exception {
    String rules =
        """
        upstreams: { echo: { builtin: echo } }
        routes: [{ id: all, upstream: echo, limits: [default] }]
        limits: { default: { by: [{ header: X-Client }], windows: { month: 1000 } } }
        """;
    try (Gateways gateways = Gateways.start(folder, counted, rules, "PROXY_INSTANCES", "2")) {
      RunningGateway gateway = gateways.all.get(0);
      await().atMost(PATIENCE).until(() -> burst(50, gateway) >= 0 && holdsLeases(gateway));
      done(gateway, "DELETE", of("c", "usage"), "");
      int[] passed = {0};
      await()
          .atMost(PATIENCE)
          .untilAsserted( // quota that was on lease comes back
              () -> {
                passed[0] += burst(200, gateway);
                assertThat(passed[0]).isGreaterThanOrEqualTo(1_000);
              });
      assertThat(passed[0] + burst(200, gateway)).isEqualTo(1_000);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"PACKED", "CLUSTER"})
  void exactly_the_quota_passes_after_a_reset_while_two_gateways_hold_leases(
      Gateways.Counted counted) throws Exception {
    String rules =
        """
        upstreams: { echo: { builtin: echo } }
        routes: [{ id: all, upstream: echo, limits: [default] }]
        limits: { default: { by: [{ header: X-Client }], windows: { month: 1000 } } }
        """;
    try (Gateways gateways = Gateways.start(folder, counted, rules)) {
      RunningGateway one = gateways.all.get(0);
      RunningGateway two = gateways.all.get(1);
      await()
          .atMost(PATIENCE)
          .until(
              () -> {
                done(one, "DELETE", of("c", "usage"), ""); // the reserve is never leased
                return burst(60, one, two) > 0 && holdsLeases(one) && holdsLeases(two);
              });
      long revision = done(one, "DELETE", of("c", "usage"), "").getLong("revision");
      await()
          .atMost(PATIENCE)
          .until(
              () -> done(two, "GET", "/admin/v1/adjustments", "").getLong("revision") == revision);
      int[] passed = {0};
      await()
          .atMost(PATIENCE)
          .untilAsserted( // quota that was on lease comes back
              () -> {
                passed[0] += burst(200, one, two);
                assertThat(passed[0]).isGreaterThanOrEqualTo(1_000);
              });
      assertThat(passed[0] + burst(200, one, two)).isEqualTo(1_000);
    }
  }

  @Test
  void a_boosted_client_has_so_many_times_its_quota_until_the_boost_ends() throws Exception {
    try (RunningGateway gateway = RunningGateway.start(folder, RULES)) {
      JsonObject boosted =
          done(gateway, "POST", of("c", "boost"), "{\"factor\": 2.5, \"seconds\": 2}");
      assertThat(Instant.parse(boosted.getString("until"))).isAfter(Instant.now().minusSeconds(9));
      HttpResponse<String> first = gateway.get("/", "X-Client", "c");
      assertThat(first.headers().firstValue("RateLimit-Policy").orElseThrow())
          .contains("\"hour\";q=10;", "\"month\";q=15;");
      assertThat(usage(gateway, "c").getJsonObject("boost").getDouble("factor")).isEqualTo(2.5);
      assertThat(gateway.get("/", "X-Client", "d").headers().firstValue("RateLimit-Policy"))
          .hasValueSatisfying(policy -> assertThat(policy).contains("\"month\";q=6;"));
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  gateway
                      .get("/", "X-Client", "c")
                      .headers()
                      .firstValue("RateLimit-Policy")
                      .orElse("")
                      .contains("\"month\";q=6;"));
      assertThat(done(gateway, "GET", "/admin/v1/adjustments", "").getJsonArray("boosts"))
          .isEmpty();
    }
  }

  @Test
  void a_boost_below_one_holds_at_once_and_can_be_taken_back() throws Exception {
    try (RunningGateway gateway = RunningGateway.start(folder, RULES)) {
      assertThat(gateway.get("/", "X-Client", "c").statusCode()).isEqualTo(200);
      done(gateway, "POST", of("c", "boost"), "{\"factor\": 0.01, \"seconds\": 600}");
      assertThat(gateway.get("/", "X-Client", "c").statusCode()).isEqualTo(429);
      done(gateway, "DELETE", of("c", "boost"), "");
      assertThat(gateway.get("/", "X-Client", "c").statusCode()).isEqualTo(200);
      assertThat(manage(gateway, "DELETE", of("c", "boost"), "").statusCode()).isEqualTo(404);
    }
  }

  @Test
  void a_blocked_client_is_answered_403_with_when_it_may_come_back() throws Exception {
    try (RunningGateway gateway = RunningGateway.start(folder, RULES)) {
      done(gateway, "POST", of("c", "block"), "{\"seconds\": 2}");
      HttpResponse<String> blocked = gateway.get("/", "X-Client", "c");
      assertThat(blocked.statusCode()).isEqualTo(403);
      assertThat(blocked.body()).contains("Blocked by the operator");
      assertThat(blocked.headers().firstValue("Retry-After").orElseThrow()).endsWith("GMT");
      assertThat(gateway.get("/", "X-Client", "d").statusCode()).isEqualTo(200);
      assertThat(usage(gateway, "c").getString("blockedUntil")).isNotNull();
      await().atMost(PATIENCE).until(() -> gateway.get("/", "X-Client", "c").statusCode() == 200);
      done(gateway, "POST", of("127.0.0.1", "block"), "{\"seconds\": 600}");
      assertThat(gateway.get("/free").statusCode()).isEqualTo(403);
      done(gateway, "DELETE", of("127.0.0.1", "block"), "");
      assertThat(gateway.get("/free").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void a_blocked_client_that_asks_for_its_limits_is_told_when_it_may_come_back() throws Exception {
    Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    Instant until = now.plusSeconds(600);
    while (until.atOffset(ZoneOffset.UTC).getDayOfMonth() > 9) {
      until = until.plus(Duration.ofDays(1)); // to a day that has one digit
    }
    long seconds = Duration.between(now, until).toSeconds();
    try (RunningGateway gateway = RunningGateway.start(folder, RULES + "quotaPath: /quota\n")) {
      done(gateway, "POST", of("c", "block"), "{\"seconds\": " + seconds + "}");
      for (String path : List.of("/", "/quota")) {
        HttpResponse<String> blocked = gateway.get(path, "X-Client", "c");
        assertThat(blocked.statusCode()).isEqualTo(403);
        assertThat(blocked.headers().firstValue("Retry-After").orElseThrow())
            .matches("[A-Z][a-z]{2}, 0[1-9] [A-Z][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d GMT");
      }
    }
  }

  @Test
  void orders_survive_a_restart_and_each_change_is_in_the_audit_log() throws Exception {
    try (RunningGateway gateway = RunningGateway.start(folder, RULES)) {
      done(gateway, "POST", of("c", "block"), "{\"seconds\": 600}");
      done(gateway, "POST", of("d", "boost"), "{\"factor\": 2, \"seconds\": 600}");
      assertThat(gateway.log.toString(StandardCharsets.UTF_8))
          .contains("POST /admin/v1/clients/sha256:", "/block seconds=600\" status=200 revision=1");
    }
    try (RunningGateway gateway = RunningGateway.start(folder, RULES)) {
      assertThat(gateway.get("/", "X-Client", "c").statusCode()).isEqualTo(403);
      JsonObject orders = done(gateway, "GET", "/admin/v1/adjustments", "");
      assertThat(orders.getJsonArray("boosts").getJsonObject(0).getString("client")).isEqualTo("d");
      assertThat(orders.getJsonArray("blocks")).hasSize(1);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "boost | {\"factor\": 0.001, \"seconds\": 5} | factor | 0.001 | a number from 0.01 to 1000",
        "boost | {\"seconds\": 5} | factor | missing | a number from 0.01 to 1000",
        "boost | {\"factor\": 2, \"seconds\": 2678401} | seconds | 2678401 | an integer from 1 to 2678400",
        "block | {\"seconds\": 1.5} | seconds | 1.5 | an integer from 1 to 2678400",
        "block | {\"seconds\": 5, \"factor\": 2} | factor | an unknown key | seconds",
        "block | 5 | '' | 5 | an object with seconds",
        "block | {seconds: 5} | '' | not understood | JSON",
      })
  void a_wrong_order_is_refused_with_what_is_expected(
      String what, String body, String path, String value, String expected) throws Exception {
    try (RunningGateway gateway = RunningGateway.start(folder, RULES)) {
      HttpResponse<String> refused = manage(gateway, "POST", of("c", what), body);
      assertThat(refused.statusCode()).isEqualTo(422);
      JsonObject error = new JsonObject(refused.body()).getJsonArray("errors").getJsonObject(0);
      assertThat(error.getString("path")).isEqualTo(path);
      assertThat(error.getString("value")).isEqualTo(value);
      assertThat(error.getString("expected")).isEqualTo(expected);
      String spaced = "/admin/v1/clients/c%20d/" + what;
      assertThat(manage(gateway, "POST", spaced, "{}").statusCode()).isEqualTo(400);
    }
  }
}
