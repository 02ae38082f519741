package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apitwo.telemetry.Exposition;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rules on trial on real traffic. */
class CandidateTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String PATH = "/admin/v1/candidate";
  private static final String LIVE = "windows: { month: 9 }";

  @TempDir Path folder;

  private static String rules(String limit, String more) {
    return """
    upstreams: { echo: { builtin: echo } }
    routes:
      - { id: all, upstream: echo, limits: [default] }
    limits: { default: { by: [{ header: X-Client }], %s } }
    %s
    """
        .formatted(limit, more);
  }

  private static HttpResponse<String> put(RunningGateway gateway, String rules) throws Exception {
    return new Admin(gateway).send("PUT", PATH, rules, "Content-Type", "application/yaml");
  }

  /** Puts rules on trial, and waits until they are asked. */
  private static void tried(RunningGateway gateway, String rules) throws Exception {
    HttpResponse<String> answer = put(gateway, rules);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              gateway.get("/", "X-Client", "warm-" + System.nanoTime());
              JsonObject diff = diff(gateway);
              return diff.getInteger("alike") + diff.getInteger("wouldRefuse") > 0;
            });
  }

  private static JsonObject diff(RunningGateway gateway) throws Exception {
    HttpResponse<String> answer = new Admin(gateway).get(PATH);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return new JsonObject(answer.body());
  }

  private static int[] statuses(RunningGateway gateway, int count, String client) throws Exception {
    int[] statuses = new int[count];
    for (int i = 0; i < count; i++) {
      statuses[i] = gateway.get("/", "X-Client", client).statusCode();
    }
    return statuses;
  }

  private static JsonObject limit(JsonObject diff) {
    JsonArray limits = diff.getJsonArray("limits");
    assertThat(limits).as(diff.encode()).hasSize(1);
    return limits.getJsonObject(0);
  }

  @ParameterizedTest
  @EnumSource
  void a_tighter_candidate_tells_whom_it_would_refuse_and_refuses_nobody(Gateways.Counted counted)
      throws Exception {
    try (Gateways gateways = Gateways.start(folder, counted, rules("windows: { month: 9 }", ""))) {
      RunningGateway gateway = gateways.all.get(0);
      tried(gateway, rules("windows: { month: 3 }", ""));
      assertThat(statuses(gateway, 8, "c")).containsOnly(200);
      assertThat(statuses(gateway, 2, "d")).containsOnly(200);
      await().atMost(PATIENCE).until(() -> diff(gateway).getInteger("wouldRefuse") == 5);
      JsonObject diff = diff(gateway);
      assertThat(diff.getInteger("wouldPass")).isZero();
      JsonObject limit = limit(diff);
      assertThat(limit.getString("limit")).isEqualTo("default");
      assertThat(limit.getInteger("wouldRefuse")).isEqualTo(5);
      assertThat(limit.getJsonArray("refusedClients"))
          .containsExactly(new JsonObject("{\"client\":\"c\",\"count\":5,\"error\":0}"));
    }
  }

  @Test
  void a_wider_candidate_tells_who_would_pass_and_promoted_it_lets_them() throws Exception {
    try (RunningGateway gateway =
        RunningGateway.start(folder, rules("windows: { month: 3 }", ""))) {
      String wider = rules("windows: { month: 6 }", "");
      tried(gateway, wider);
      assertThat(statuses(gateway, 5, "c")).containsExactly(200, 200, 200, 429, 429);
      await().atMost(PATIENCE).until(() -> diff(gateway).getInteger("wouldPass") == 2);
      assertThat(limit(diff(gateway)).getInteger("wouldPass")).isEqualTo(2);
      Admin admin = new Admin(gateway);
      HttpResponse<String> promoted = admin.send("POST", PATH + "/promote", "");
      assertThat(promoted.statusCode()).as(promoted.body()).isEqualTo(200);
      assertThat(admin.get("/admin/v1/rules").body()).isEqualTo(wider);
      assertThat(gateway.gateway.revision().number()).isEqualTo(2);
      assertThat(statuses(gateway, 4, "c")).containsExactly(200, 200, 200, 429); // its count stays
      assertThat(admin.get(PATH).statusCode()).isEqualTo(404);
      assertThat(admin.send("POST", PATH + "/promote", "").statusCode()).isEqualTo(404);
    }
  }

  @Test
  void what_is_no_matter_of_limits_is_told_too() throws Exception {
    try (RunningGateway gateway =
        RunningGateway.start(folder, rules("windows: { month: 90 }", ""))) {
      tried(gateway, rules("windows: { month: 90 }", "deny: [127.0.0.1]"));
      assertThat(statuses(gateway, 3, "c")).containsOnly(200);
      await().atMost(PATIENCE).until(() -> diff(gateway).getInteger("wouldRefuse") >= 4);
      JsonObject denied = limit(diff(gateway));
      assertThat(denied.getString("limit")).isEqualTo("(denied)");
      assertThat(denied.getJsonArray("refusedClients").getJsonObject(0).getString("client"))
          .isEqualTo("127.0.0.1");
    }
  }

  @Test
  void a_candidate_with_permits_gives_them_back() throws Exception {
    try (RunningGateway gateway =
        RunningGateway.start(folder, rules("windows: { month: 90 }", ""))) {
      tried(gateway, rules("algorithm: concurrency, max: 1", ""));
      assertThat(statuses(gateway, 9, "c")).containsOnly(200);
      await().atMost(PATIENCE).until(() -> diff(gateway).getInteger("alike") >= 10);
      assertThat(diff(gateway).getInteger("wouldRefuse")).isZero();
    }
  }

  @Test
  void a_candidate_is_checked_withdrawn_and_survives_a_restart() throws Exception {
    String live = rules("windows: { month: 9 }", "");
    try (RunningGateway gateway = RunningGateway.start(folder, live)) {
      Admin admin = new Admin(gateway);
      assertThat(admin.get(PATH).statusCode()).isEqualTo(404);
      HttpResponse<String> refused = put(gateway, rules("windows: { month: many }", ""));
      assertThat(refused.statusCode()).isEqualTo(422);
      assertThat(refused.body()).contains("limits.default.windows.month");
      assertThat(put(gateway, rules("windows: { month: 3 }", "")).statusCode()).isEqualTo(200);
    }
    try (RunningGateway gateway = RunningGateway.start(folder, live)) {
      Admin admin = new Admin(gateway);
      assertThat(statuses(gateway, 4, "c")).containsOnly(200);
      await().atMost(PATIENCE).until(() -> diff(gateway).getInteger("wouldRefuse") == 1);
      assertThat(admin.send("DELETE", PATH, "").statusCode()).isEqualTo(200);
      assertThat(admin.get(PATH).statusCode()).isEqualTo(404);
      assertThat(admin.send("DELETE", PATH, "").statusCode()).isEqualTo(404);
    }
  }

  private String tokens(String file, String secret, String failures) throws Exception {
    Path keys = folder.resolve(file);
    Files.writeString(keys, secret + "\n");
    return """
    upstreams: { echo: { builtin: echo } }
    routes: [{ id: all, upstream: echo, limits: [default] }]
    limits: { default: { by: [{ claim: sub }], missing: 401, windows: { month: 100 } } }
    identity: { failures: %s, jwt: { keys: [{ secretFile: "%s" }], algorithms: [HS256] } }
    """
        .formatted(failures, keys);
  }

  @ParameterizedTest
  @ValueSource(strings = {"3/h", "1/h"})
  void failures_under_a_candidate_cost_nobody_an_attempt(String failures) throws Exception {
    String live = tokens("live", TestTokens.SECRET, "3/h");
    try (RunningGateway gateway = RunningGateway.start(folder, live)) {
      tried(gateway, tokens("candidate", "not-the-" + TestTokens.SECRET, failures));
      long expires = Instant.now().getEpochSecond() + 600;
      for (int i = 0; i < 9; i++) {
        String claims = "{\"exp\":" + expires + ",\"sub\":\"" + i + "\"}";
        String token = "Bearer " + TestTokens.token("HS256", claims);
        assertThat(gateway.get("/", "Authorization", token).statusCode()).isEqualTo(200);
      }
      await().atMost(PATIENCE).until(() -> diff(gateway).getInteger("wouldRefuse") == 9);
      Exposition metrics = Exposition.parse(gateway.manage("/metrics").body());
      assertThat(metrics.value("apitwo_tokens_total{outcome=\"verified\"}")).isEqualTo(9);
      assertThat(metrics.value("apitwo_tokens_total{outcome=\"signature\"}")).isZero();
    }
  }

  private static int tried(RunningGateway gateway) throws Exception {
    HttpResponse<String> answer = new Admin(gateway).get(PATH);
    return answer.statusCode() == 404 ? 0 : Admin.json(answer).getInteger("candidate");
  }

  @Test
  void a_dry_run_of_a_promotion_leaves_the_trial_alone() throws Exception {
    try (RunningGateway gateway = RunningGateway.start(folder, rules(LIVE, ""))) {
      put(gateway, rules("windows: { month: 3 }", ""));
      HttpResponse<String> dry = new Admin(gateway).send("POST", PATH + "/promote?dryRun=true", "");
      assertThat(dry.statusCode()).as(dry.body()).isEqualTo(200);
      assertThat(Admin.json(dry).getBoolean("dryRun")).isTrue();
      assertThat(gateway.gateway.revision().number()).isEqualTo(1);
      assertThat(tried(gateway)).isEqualTo(1);
    }
  }

  @Test
  void a_promotion_that_a_later_push_overtakes_leaves_the_trial_alone() throws Exception {
    try (RunningGateway gateway = RunningGateway.start(folder, rules(LIVE, ""))) {
      Admin admin = new Admin(gateway);
      String candidate = rules("windows: { month: 3 }", "");
      ExecutorService operators = Executors.newFixedThreadPool(8);
      try {
        await()
            .atMost(PATIENCE)
            .until(
                () -> {
                  put(gateway, candidate);
                  List<Future<HttpResponse<String>>> pushes = new ArrayList<>();
                  for (int i = 10; i < 13; i++) {
                    String other = rules("windows: { month: " + i + " }", "");
                    pushes.add(operators.submit(() -> admin.put(other)));
                  }
                  Future<HttpResponse<String>> promotion =
                      operators.submit(() -> admin.send("POST", PATH + "/promote", ""));
                  for (int i = 13; i < 17; i++) {
                    String other = rules("windows: { month: " + i + " }", "");
                    pushes.add(operators.submit(() -> admin.put(other)));
                  }
                  for (Future<HttpResponse<String>> push : pushes) {
                    assertThat(push.get().statusCode()).isEqualTo(200);
                  }
                  boolean overtaken = Admin.json(promotion.get()).getBoolean("superseded", false);
                  assertThat(tried(gateway) > 0).isEqualTo(overtaken);
                  return overtaken;
                });
      } finally {
        operators.shutdown();
      }
    }
  }

  @Test
  void a_promotion_ends_its_own_trial_alone() throws Exception {
    try (RunningGateway gateway = RunningGateway.start(folder, rules(LIVE, ""))) {
      Admin admin = new Admin(gateway);
      String next = rules("windows: { month: 4 }", "");
      ExecutorService operators = Executors.newFixedThreadPool(2);
      try {
        for (int i = 0; i < 40; i++) {
          put(gateway, rules("windows: { month: 3 }", ""));
          Future<HttpResponse<String>> promotion =
              operators.submit(() -> admin.send("POST", PATH + "/promote", ""));
          Future<HttpResponse<String>> put = operators.submit(() -> put(gateway, next));
          assertThat(promotion.get().statusCode()).isEqualTo(200);
          assertThat(put.get().statusCode()).isEqualTo(200);
          boolean promoted = admin.get("/admin/v1/rules").body().equals(next);
          assertThat(promoted || tried(gateway) > 0).as("round %d", i).isTrue();
        }
      } finally {
        operators.shutdown();
      }
    }
  }

  @Test
  void a_trial_begins_and_ends_only_after_the_one_that_was_seen() throws Exception {
    try (RunningGateway gateway = RunningGateway.start(folder, rules(LIVE, ""))) {
      Admin admin = new Admin(gateway);
      String first = rules("windows: { month: 3 }", "");
      String yaml = "application/yaml";
      assertThat(put(gateway, first).headers().firstValue("ETag")).hasValue("\"1\"");
      assertThat(admin.get(PATH).headers().firstValue("ETag")).hasValue("\"1\"");
      HttpResponse<String> stale =
          admin.send("PUT", PATH, first, "Content-Type", yaml, "If-Match", "0");
      assertThat(stale.statusCode()).isEqualTo(412);
      assertThat(admin.send("DELETE", PATH, "", "If-Match", "0").statusCode()).isEqualTo(412);
      HttpResponse<String> dry =
          admin.send("PUT", PATH + "?dryRun=true", first, "Content-Type", yaml);
      assertThat(dry.statusCode()).isEqualTo(200);
      assertThat(Admin.json(dry).getInteger("candidate")).isEqualTo(2);
      assertThat(Admin.json(dry).getBoolean("dryRun")).isTrue();
      HttpResponse<String> invalid =
          admin.send("PUT", PATH + "?dryRun=true", "x: 1", "Content-Type", yaml);
      assertThat(invalid.statusCode()).isEqualTo(422);
      assertThat(admin.send("DELETE", PATH + "?dryRun=true", "").statusCode()).isEqualTo(200);
      assertThat(tried(gateway)).isEqualTo(1);
      assertThat(admin.send("PUT", PATH, first, "Content-Type", yaml, "If-Match", "1").statusCode())
          .isEqualTo(200);
      assertThat(admin.send("DELETE", PATH, "", "If-Match", "2").statusCode()).isEqualTo(200);
      assertThat(tried(gateway)).isZero();
    }
  }
}
