package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Rules are read, replaced, changed and rolled back by the admin API. */
class AdminRulesTest {
  private static final String RULES =
      """
      upstreams: { echo: { builtin: echo } } # ours
      routes: [{ id: all, upstream: echo, limits: [a] }]
      limits:
        a: # the one
          by: [address]
          windows: { month: 1000 } # plenty
      """;

  @TempDir Path folder;
  private RunningGateway gateway;
  private Admin admin;

  @BeforeEach
  void start() throws Exception {
    gateway = RunningGateway.start(folder, RULES);
    admin = new Admin(gateway);
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  private static String rules(long month) {
    return RULES.replace("1000", Long.toString(month));
  }

  private String policy() throws Exception {
    return gateway.get("/").headers().firstValue("RateLimit-Policy").orElse("");
  }

  @Test
  void a_push_is_in_force_when_it_is_answered() throws Exception {
    HttpResponse<String> pushed = admin.put(rules(7));
    assertThat(pushed.statusCode()).as(pushed.body()).isEqualTo(200);
    assertThat(pushed.headers().firstValue("ETag")).hasValue("\"2\"");
    JsonObject body = Admin.json(pushed);
    assertThat(body.getLong("revision")).isEqualTo(2);
    assertThat(body.getString("sha256")).hasSize(64);
    assertThat(body.getBoolean("converged")).isTrue();
    JsonArray nodes = body.getJsonArray("nodes");
    assertThat(nodes).hasSize(1);
    assertThat(nodes.getJsonObject(0).getLong("appliedMillis")).isNotNegative();
    assertThat(policy()).contains("q=7;");
    assertThat(admin.get("/admin/v1/rules").body()).isEqualTo(rules(7));
  }

  @Test
  void a_document_is_read_in_the_form_that_is_asked_for() throws Exception {
    for (String yaml :
        new String[] {
          "application/yaml", "*/*", "text/html", "application/json;q=0.1, application/yaml"
        }) {
      HttpResponse<String> read = admin.get("/admin/v1/rules", "Accept", yaml);
      assertThat(read.headers().firstValue("Content-Type")).hasValue("application/yaml");
      assertThat(read.body()).isEqualTo(RULES);
    }
    HttpResponse<String> read = admin.get("/admin/v1/rules", "Accept", "application/json");
    assertThat(read.headers().firstValue("Content-Type")).hasValue("application/json");
    assertThat(read.headers().firstValue("ETag")).hasValue("\"1\"");
    JsonObject rules = new JsonObject(read.body());
    assertThat(rules.getJsonObject("limits").getJsonObject("a").getJsonObject("windows"))
        .isEqualTo(new JsonObject().put("month", 1000));
    HttpResponse<String> back = admin.put(read.body(), "Content-Type", "application/json");
    assertThat(back.statusCode()).as(back.body()).isEqualTo(200);
    assertThat(admin.get("/admin/v1/rules", "Accept", "application/json").body())
        .isEqualTo(read.body());
  }

  @Test
  void a_dry_run_says_what_a_push_would_and_changes_nothing() throws Exception {
    HttpResponse<String> good =
        admin.send(
            "PUT", "/admin/v1/rules?dryRun=true", rules(7), "Content-Type", "application/yaml");
    assertThat(good.statusCode()).isEqualTo(200);
    assertThat(Admin.json(good).getLong("revision")).isEqualTo(2);
    assertThat(Admin.json(good).getBoolean("dryRun")).isTrue();
    HttpResponse<String> bad =
        admin.send(
            "PUT", "/admin/v1/rules?dryRun=true", "x: 1", "Content-Type", "application/yaml");
    assertThat(bad.statusCode()).isEqualTo(422);
    HttpResponse<String> unclear =
        admin.send(
            "PUT", "/admin/v1/rules?dryRun=yes", rules(7), "Content-Type", "application/yaml");
    assertThat(unclear.statusCode()).isEqualTo(400);
    assertThat(admin.revision()).isEqualTo(1);
    assertThat(policy()).contains("q=1000;");
  }

  @ParameterizedTest
  @ValueSource(strings = {"dry_run=true", "dry-run", "dryRun=false&x=1", "limit=a"})
  void a_change_with_a_parameter_that_is_not_known_is_not_made(String query) throws Exception {
    String yaml = "application/yaml";
    HttpResponse<String> put =
        admin.send("PUT", "/admin/v1/rules?" + query, rules(7), "Content-Type", yaml);
    assertThat(put.statusCode()).as(put.body()).isEqualTo(400);
    String key = query.replaceFirst(".*&", "").replaceFirst("=.*", "");
    assertThat(Admin.json(put).getString("msg"))
        .isEqualTo(key + ": not known here (expected: dryRun; nothing changed)");
    String candidate = "/admin/v1/candidate?" + query;
    HttpResponse<String> trial =
        admin.send("PUT", candidate, rules(7), "Content-Type", "application/yaml");
    assertThat(trial.statusCode()).isEqualTo(400);
    assertThat(admin.get("/admin/v1/candidate").statusCode()).isEqualTo(404);
    assertThat(admin.revision()).isEqualTo(1);
    assertThat(policy()).contains("q=1000;");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET | /admin/v1/rules/revisions/x%0ay | n: x\\ny (expected: a number from 1)",
        "GET | /admin/v1/rules/revisions/99 | revision: 99 (expected: one of those that are kept)",
        "GET | /admin/v1/top?limit=b | limit: b (expected: the name of a limit)",
        "GET | /admin/v1/top?by=size | by: size (expected: requests or refused)",
        "GET | /admin/v1/top?n=0 | n: 0 (expected: an integer from 1 to 256)",
        "GET | /admin/v1/clients/c/usage?all=yes | all: yes (expected: true or false)",
        "DELETE | /admin/v1/clients/c/usage?limit=b | limit: b (expected: the name of a limit)",
        "PUT | /admin/v1/rules | Content-Type: text/plain"
            + " (expected: application/yaml or application/json)",
      })
  void a_refusal_says_the_value_on_one_line(String method, String path, String message)
      throws Exception {
    HttpResponse<String> refused =
        admin.send(method, path, method.equals("PUT") ? "x" : "", "Content-Type", "text/plain");
    assertThat(Admin.json(refused).getString("msg")).isEqualTo(message);
  }

  @Test
  void a_dry_run_in_other_letters_is_one() throws Exception {
    HttpResponse<String> dry =
        admin.send(
            "PUT", "/admin/v1/rules?dryrun=true", rules(7), "Content-Type", "application/yaml");
    assertThat(Admin.json(dry).getBoolean("dryRun")).isTrue();
    assertThat(admin.revision()).isEqualTo(1);
  }

  @Test
  void an_order_with_a_parameter_that_is_not_known_is_not_given() throws Exception {
    gateway.get("/");
    String usage = "/admin/v1/clients/127.0.0.1/usage";
    HttpResponse<String> reset = admin.send("DELETE", usage + "?limits=a", "");
    assertThat(reset.statusCode()).as(reset.body()).isEqualTo(400);
    assertThat(Admin.json(reset).getString("msg"))
        .isEqualTo("limits: not known here (expected: limit; nothing changed)");
    assertThat(admin.get(usage).body()).contains("\"used\":1,");
    HttpResponse<String> block =
        admin.send(
            "POST",
            "/admin/v1/clients/127.0.0.1/block?seconds=9",
            "{\"seconds\": 60}",
            "Content-Type",
            "application/json");
    assertThat(block.statusCode()).as(block.body()).isEqualTo(400);
    assertThat(Admin.json(block).getString("msg"))
        .isEqualTo("seconds: not known here (expected: none; nothing changed)");
    assertThat(gateway.get("/").statusCode()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"1\"", "1", "*"})
  void who_saw_the_newest_revision_may_replace_it(String ifMatch) throws Exception {
    assertThat(admin.put(rules(7), "If-Match", ifMatch).statusCode()).isEqualTo(200);
    assertThat(admin.revision()).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({"9, 412", "999999999999999, 412", "0, 412", "x, 400", "-1, 400", "\"1\" \"2\", 400"})
  void who_saw_another_one_may_not(String ifMatch, int status) throws Exception {
    HttpResponse<String> refused = admin.put(rules(7), "If-Match", ifMatch);
    assertThat(refused.statusCode()).as(refused.body()).isEqualTo(status);
    if (status == 412) {
      assertThat(refused.headers().firstValue("ETag")).hasValue("\"1\"");
    }
    assertThat(admin.patch("a", "{}", "If-Match", ifMatch).statusCode()).isEqualTo(status);
    assertThat(admin.rollback(1, "If-Match", ifMatch).statusCode()).isEqualTo(status);
    assertThat(admin.revision()).isEqualTo(1);
  }

  @Test
  void a_document_with_errors_is_refused_with_each_of_them() throws Exception {
    HttpResponse<String> refused = admin.put(RULES.replace("1000", "many").replace("[a]", "[b]"));
    assertThat(refused.statusCode()).isEqualTo(422);
    JsonArray errors = Admin.json(refused).getJsonArray("errors");
    assertThat(errors).hasSize(2);
    JsonObject second = errors.getJsonObject(1);
    assertThat(second.getString("file")).isEqualTo("admin");
    assertThat(second.getInteger("line")).isEqualTo(6);
    assertThat(second.getInteger("column")).isEqualTo(23);
    assertThat(second.getString("path")).isEqualTo("limits.a.windows.month");
    assertThat(second.getString("value")).isEqualTo("many");
    assertThat(second.getString("expected")).startsWith("an integer");
    assertThat(admin.revision()).isEqualTo(1);
  }

  @Test
  void a_body_must_be_what_its_type_says() throws Exception {
    assertThat(admin.put(RULES, "Content-Type", "text/plain").statusCode()).isEqualTo(415);
    assertThat(admin.put(RULES, "Content-Encoding", "gzip").statusCode()).isEqualTo(415);
    assertThat(admin.put(RULES, "Content-Type", "application/yaml; charset=utf-16").statusCode())
        .isEqualTo(415);
    HttpResponse<String> yaml = admin.put(RULES, "Content-Type", "application/json");
    assertThat(yaml.statusCode()).isEqualTo(422);
    assertThat(yaml.body()).contains("\"expected\":\"JSON\"").doesNotContain("upstreams");
    assertThat(admin.put("{} {}", "Content-Type", "application/json").statusCode()).isEqualTo(422);
    assertThat(admin.patch("a", "shadow: true").statusCode()).isEqualTo(422);
    assertThat(admin.revision()).isEqualTo(1);
  }

  @Test
  void what_is_too_long_is_not_kept() throws Exception {
    HttpResponse<String> refused = admin.put("#".repeat(10 << 20));
    assertThat(refused.statusCode()).isEqualTo(413);
    assertThat(admin.put("#".repeat((2 << 20) + 1)).statusCode()).isEqualTo(413);
    assertThat(admin.put("#".repeat(2 << 20)).statusCode()).isEqualTo(422);
    assertThat(admin.patch("a", " ".repeat((1 << 16) + 1)).statusCode()).isEqualTo(413);
  }

  @Test
  void one_limit_changes_and_everything_else_stays_to_the_letter() throws Exception {
    HttpResponse<String> patched = admin.patch("a", "{\"windows\": {\"month\": 9}}");
    assertThat(patched.statusCode()).as(patched.body()).isEqualTo(200);
    assertThat(admin.get("/admin/v1/rules").body()).isEqualTo(rules(9));
    assertThat(policy()).contains("q=9;");
    assertThat(admin.patch("b", "{}").statusCode()).isEqualTo(404);
    HttpResponse<String> wrong = admin.patch("a", "{\"windows\": {\"month\": \"no\"}}");
    assertThat(wrong.statusCode()).isEqualTo(422);
    assertThat(wrong.body()).contains("limits.a.windows.month");
    assertThat(admin.revision()).isEqualTo(2);
  }

  @Test
  void patches_at_the_same_time_all_come_into_force() throws Exception {
    String two = RULES + "  b: { by: [address], windows: { month: 2 } }\n";
    admin.put(two);
    List<Callable<Integer>> patches = new ArrayList<>();
    for (String field : List.of("day", "hour", "minute")) {
      for (String limit : List.of("a", "b")) {
        patches.add(() -> admin.patch(limit, "{\"windows\": {\"" + field + "\": 1}}").statusCode());
      }
    }
    ExecutorService operators = Executors.newFixedThreadPool(patches.size());
    for (java.util.concurrent.Future<Integer> status : operators.invokeAll(patches)) {
      assertThat(status.get()).isEqualTo(200);
    }
    operators.shutdown();
    JsonObject limits =
        new JsonObject(admin.get("/admin/v1/rules", "Accept", "application/json").body())
            .getJsonObject("limits");
    for (String limit : List.of("a", "b")) {
      assertThat(limits.getJsonObject(limit).getJsonObject("windows").fieldNames())
          .containsExactlyInAnyOrder("month", "day", "hour", "minute");
    }
    assertThat(admin.revision()).isEqualTo(8);
  }

  @Test
  void a_document_with_errors_is_refused_in_a_burst_as_well() throws Exception {
    List<Callable<HttpResponse<String>>> pushes = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      String text = i % 3 == 0 ? rules(10 + i) : RULES.replace("1000", "wrong-" + i);
      pushes.add(() -> admin.put(text));
    }
    ExecutorService operators = Executors.newFixedThreadPool(pushes.size());
    int i = 0;
    for (java.util.concurrent.Future<HttpResponse<String>> push : operators.invokeAll(pushes)) {
      assertThat(push.get().statusCode()).isEqualTo(i % 3 == 0 ? 200 : 422);
      if (i % 3 != 0) {
        assertThat(push.get().body()).contains("\"wrong-" + i + "\"");
      }
      i++;
    }
    operators.shutdown();
    assertThat(gateway.manage("/metrics").body())
        .contains("apitwo_rules_pushes_total{outcome=\"invalid\"} 20.0");
  }

  @Test
  void the_history_says_who_put_what_and_brings_it_back() throws Exception {
    admin.put(rules(7));
    admin.put(rules(8));
    JsonArray revisions =
        Admin.json(admin.get("/admin/v1/rules/revisions")).getJsonArray("revisions");
    assertThat(revisions.stream().map(each -> ((JsonObject) each).getLong("revision")))
        .containsExactly(3L, 2L, 1L);
    assertThat(revisions.getJsonObject(0).getString("actor")).isEqualTo("admin 127.0.0.1");
    assertThat(admin.get("/admin/v1/rules/revisions/2").body()).isEqualTo(rules(7));
    HttpResponse<String> back = admin.rollback(1);
    assertThat(back.statusCode()).as(back.body()).isEqualTo(200);
    assertThat(Admin.json(back).getLong("revision")).isEqualTo(4);
    assertThat(admin.get("/admin/v1/rules").body()).isEqualTo(RULES);
    assertThat(policy()).contains("q=1000;");
    for (String none : new String[] {"99", "0", "x", "-1"}) {
      assertThat(admin.get("/admin/v1/rules/revisions/" + none).statusCode()).isEqualTo(404);
    }
    assertThat(admin.rollback(99).statusCode()).isEqualTo(404);
  }

  @Test
  void the_node_says_what_runs_on_it() throws Exception {
    JsonArray nodes = Admin.json(admin.get("/admin/v1/nodes")).getJsonArray("nodes");
    assertThat(nodes).hasSize(1);
    assertThat(nodes.getJsonObject(0).getLong("revision")).isEqualTo(1);
    assertThat(nodes.getJsonObject(0).getBoolean("self")).isTrue();
  }
}
