package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.cli.BlockCommand;
import io.apitwo.cli.BoostCommand;
import io.apitwo.cli.HealthCommand;
import io.apitwo.cli.NodesCommand;
import io.apitwo.cli.ResetCommand;
import io.apitwo.cli.RulesCommand;
import io.apitwo.cli.TopCommand;
import io.apitwo.cli.UsageCommand;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The operator's command line against a gateway that runs. */
class OperatorCommandsTest {
  private static final String RULES =
      """
      upstreams: { echo: { builtin: echo } }
      routes: [{ id: all, upstream: echo, limits: [a] }]
      limits:
        a:
          by: [address]
          windows: { month: 1000 } # plenty
      """;

  @TempDir Path folder;
  private RunningGateway gateway;
  private StringWriter out = new StringWriter();
  private StringWriter err = new StringWriter();

  @BeforeEach
  void start() throws Exception {
    gateway = RunningGateway.start(folder, RULES);
    Files.writeString(folder.resolve("token"), RunningGateway.TOKEN + "\n");
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  private int run(Callable<Integer> command, String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    String admin = "http://127.0.0.1:" + gateway.gateway.managementPort();
    all.addAll(List.of("--admin", admin, "--token-file", folder.resolve("token").toString()));
    return runOnly(command, all.toArray(String[]::new));
  }

  private int runOnly(Callable<Integer> command, String... arguments) {
    out = new StringWriter();
    err = new StringWriter();
    return new CommandLine(command)
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  private int rules(String... arguments) {
    return run(new RulesCommand(), arguments);
  }

  private String file(String name, String text) throws Exception {
    return Files.writeString(folder.resolve(name), text).toString();
  }

  @Test
  void what_is_put_is_in_force_and_can_be_got_and_rolled_back() throws Exception {
    String other = RULES.replace("1000", "7");
    assertThat(rules("put", file("new.yaml", other))).as(err.toString()).isZero();
    assertThat(out.toString()).startsWith("revision 2, sha256 ").contains("IN FORCE AFTER");
    assertThat(rules("get")).isZero();
    assertThat(out).hasToString(other);
    assertThat(rules("get", "--revision", "1")).isZero();
    assertThat(out).hasToString(RULES);
    assertThat(rules("rollback", "1")).isZero();
    assertThat(out.toString()).startsWith("revision 3, ");
    assertThat(rules("get")).isZero();
    assertThat(out).hasToString(RULES);
    assertThat(rules("history")).isZero();
    assertThat(out.toString().lines().skip(1).map(line -> line.substring(0, 1)))
        .containsExactly("3", "2", "1");
    assertThat(out.toString()).contains("admin 127.0.0.1").contains("revision 1");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void errors_name_the_callers_file_and_place() throws Exception {
    String wrong = file("wrong.yaml", RULES.replace("1000", "many"));
    for (String command : List.of("put", "check")) {
      assertThat(rules(command, wrong)).isEqualTo(1);
      assertThat(err)
          .hasToString(
              wrong
                  + ":6:23: limits.a.windows.month: many"
                  + " (expected: an integer from 1 to 999999999999999)\n");
      assertThat(out.toString()).isEmpty();
    }
    assertThat(rules("put", wrong, "--json")).isEqualTo(1);
    assertThat(new JsonObject(out.toString()).getJsonArray("errors")).hasSize(1);
  }

  @Test
  void a_check_and_a_dry_run_change_nothing() throws Exception {
    String other = file("new.yaml", RULES.replace("1000", "7"));
    assertThat(rules("check", other)).isZero();
    assertThat(out).hasToString(other + ": ok, it would be revision 2\n");
    assertThat(rules("put", "--dry-run", other)).isZero();
    assertThat(gateway.gateway.revision().number()).isEqualTo(1);
  }

  @Test
  void only_who_saw_the_newest_puts() throws Exception {
    String other = file("new.yaml", RULES.replace("1000", "7"));
    assertThat(rules("put", "--if-match", "9", other)).isEqualTo(1);
    assertThat(err.toString()).startsWith(other + ": revision 9 is not the newest");
    assertThat(rules("put", "--if-match", "1", other)).isZero();
    assertThat(rules("rollback", "--if-match", "1", "1")).isEqualTo(1);
    assertThat(rules("rollback", "77")).isEqualTo(1);
    assertThat(err.toString()).startsWith("revision 77: revision: 77 (expected: ");
  }

  @Test
  void a_diff_says_what_would_change() throws Exception {
    assertThat(rules("diff", file("same.yaml", RULES))).isZero();
    assertThat(out.toString()).isEmpty();
    String other = file("new.yaml", RULES.replace("1000", "7"));
    assertThat(rules("diff", other)).isEqualTo(1);
    assertThat(out.toString().lines())
        .startsWith("--- in force, revision 1", "+++ " + other)
        .contains("-    windows: { month: 1000 } # plenty", "+    windows: { month: 7 } # plenty");
    assertThat(rules("diff", "--json", other)).isEqualTo(1);
    assertThat(new JsonObject(out.toString()).getBoolean("equal")).isFalse();
    assertThat(rules("diff", folder + "/none.yaml")).isEqualTo(2);
    String nobody = "http://127.0.0.1:1";
    String token = file("other", RunningGateway.TOKEN);
    String[] elsewhere = {"diff", other, "--admin", nobody, "--token-file", token};
    assertThat(runOnly(new RulesCommand(), elsewhere)).isEqualTo(2);
    assertThat(err.toString()).startsWith(nobody + ": no answer");
    assertThat(rules("diff")).isEqualTo(2);
  }

  @Test
  void who_is_overtaken_by_a_later_push_is_told_that_it_was_not_done() throws Exception {
    String given = file("new.yaml", RULES.replace("1000", "7"));
    Admin admin = new Admin(gateway);
    ExecutorService others = Executors.newFixedThreadPool(8);
    AtomicBoolean overtaken = new AtomicBoolean();
    try {
      for (int i = 0; i < 8; i++) {
        String other = RULES.replace("1000", Integer.toString(10 + i));
        others.submit(
            () -> {
              while (!overtaken.get()) {
                admin.put(other);
              }
              return true;
            });
      }
      Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> rules("put", given) == 1);
      assertThat(err.toString()).startsWith(given + ": never in force: a later push came first");
      assertThat(out.toString()).startsWith("revision ");
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> rules("put", given, "--json") == 1);
      assertThat(new JsonObject(out.toString()).getBoolean("superseded")).isTrue();
    } finally {
      overtaken.set(true);
      others.shutdown();
    }
  }

  @Test
  void a_json_file_is_taken_as_json() throws Exception {
    assertThat(rules("get", "--json")).isZero();
    assertThat(rules("put", file("new.json", out.toString()))).as(err.toString()).isZero();
    assertThat(rules("put", file("yaml.json", RULES))).isEqualTo(1);
    assertThat(err.toString()).contains("yaml.json:1:").contains("(expected: JSON)");
  }

  @Test
  void nodes_are_listed_for_people_and_for_scripts() {
    assertThat(run(new NodesCommand())).isZero();
    assertThat(out.toString().lines().toList().get(0)).startsWith("NODE");
    assertThat(out.toString()).contains("answers here");
    assertThat(run(new NodesCommand(), "--json")).isZero();
    assertThat(new JsonObject(out.toString()).getJsonArray("nodes")).hasSize(1);
  }

  @Test
  void what_is_in_the_way_is_said_in_a_line() throws Exception {
    String token = file("other", "not-the-token-of-this-gateway");
    String admin = "http://127.0.0.1:" + gateway.gateway.managementPort();
    assertThat(runOnly(new NodesCommand(), "--admin", admin, "--token-file", token)).isEqualTo(1);
    assertThat(err)
        .hasToString(admin + ": the token is not taken (expected: the one that the gateway has)\n");
    String nobody = "http://127.0.0.1:1";
    assertThat(runOnly(new NodesCommand(), "--admin", nobody, "--token-file", token)).isEqualTo(1);
    assertThat(err.toString()).startsWith(nobody + ": no answer: ").contains("(expected: ");
    assertThat(runOnly(new NodesCommand(), "--token-file", folder + "/none")).isEqualTo(1);
    assertThat(err.toString()).startsWith(folder + "/none: cannot be read (expected: ");
    for (String url : List.of("ftp://h", "x", "http://", "http://u:p@h", "http://h?x")) {
      assertThat(runOnly(new NodesCommand(), "--admin", url, "--token-file", token)).isEqualTo(1);
      assertThat(err.toString()).contains(" (expected: a URL such as ").doesNotContain("u:p");
    }
    assertThat(rules("put", folder + "/none.yaml")).isEqualTo(1);
    assertThat(err.toString()).contains("none.yaml: cannot be read");
  }

  /** Each command, and how it ends when no gateway answers. */
  private Map<Callable<Integer>, String[]> commands() throws Exception {
    String other = file("new.yaml", RULES.replace("1000", "7"));
    Map<Callable<Integer>, String[]> all = new LinkedHashMap<>();
    all.put(new NodesCommand(), new String[] {"--json"});
    all.put(new TopCommand(), new String[] {});
    all.put(new UsageCommand(), new String[] {"acme"});
    all.put(new ResetCommand(), new String[] {"acme", "--json"});
    all.put(new BlockCommand(), new String[] {"acme", "--seconds", "60"});
    all.put(new BoostCommand(), new String[] {"acme", "--end"});
    all.put(new RulesCommand(), new String[] {"get"});
    all.put(new RulesCommand(), new String[] {"put", other});
    all.put(new RulesCommand(), new String[] {"check", other, "--json"});
    all.put(new RulesCommand(), new String[] {"diff", other, "--json"});
    all.put(new RulesCommand(), new String[] {"history"});
    all.put(new RulesCommand(), new String[] {"rollback", "1"});
    return all;
  }

  private void assertNoGateway(int port) throws Exception {
    String there = "http://127.0.0.1:" + port;
    String token = folder.resolve("token").toString();
    for (Map.Entry<Callable<Integer>, String[]> each : commands().entrySet()) {
      List<String> words = new ArrayList<>(List.of(each.getValue()));
      int expected = words.contains("diff") ? 2 : 1;
      words.addAll(List.of("--admin", there, "--token-file", token));
      int exit = runOnly(each.getKey(), words.toArray(String[]::new));
      assertThat(err.toString())
          .as("%s", words)
          .startsWith(there + ": no gateway's management port answers there (expected: ");
      assertThat(exit).as("%s", words).isEqualTo(expected);
      assertThat(out.toString()).as("%s", words).isEmpty();
    }
  }

  @Test
  void what_answers_200_without_being_a_gateway_is_trouble_and_never_sees_the_token()
      throws Exception {
    assertNoGateway(gateway.gateway.proxyPort());
    List<String> shown = new CopyOnWriteArrayList<>();
    try (TestUpstream elsewhere =
        new TestUpstream(
            request -> {
              shown.add(request.headers().toString());
              request.response().end("{}");
            })) {
      assertNoGateway(elsewhere.port());
      assertThat(shown).isNotEmpty().noneMatch(headers -> headers.contains(RunningGateway.TOKEN));
    }
  }

  @Test
  void an_answer_without_what_a_gateway_says_is_trouble() throws Exception {
    try (TestUpstream elsewhere =
        new TestUpstream(request -> request.response().end("title: APITWO admin API"))) {
      assertNoGateway(elsewhere.port());
    }
  }

  @Test
  void settings_are_not_needed_where_url_and_token_are_given() throws Exception {
    String broken = file("broken.yaml", "accessLog: ${NOT_SET_ANYWHERE}\n");
    assertThat(run(new NodesCommand(), "--settings", broken)).as(err.toString()).isZero();
    String token = folder.resolve("token").toString();
    String[] settings = {"--settings", broken, "--token-file", token};
    assertThat(runOnly(new NodesCommand(), settings)).isEqualTo(1);
    assertThat(err.toString()).contains("NOT_SET_ANYWHERE");
  }

  @Test
  void health_is_asked_for_where_the_settings_say() throws Exception {
    int port = gateway.gateway.managementPort();
    String settings = file("apitwo.yaml", "management: { port: " + port + " }\n");
    assertThat(runOnly(new HealthCommand(), "--settings", settings)).as(err.toString()).isZero();
    assertThat(out.toString()).contains("\"UP\"");
    String broken = file("broken.yaml", "management: { port: many }\n");
    assertThat(runOnly(new HealthCommand(), "--settings", broken)).isEqualTo(1);
    assertThat(err.toString()).contains("management.port: many (expected: ");
    assertThat(runOnly(new HealthCommand(), "--admin", "http://127.0.0.1:1")).isEqualTo(1);
  }

  @Test
  void wrong_use_is_told_apart() {
    assertThat(rules("put")).isEqualTo(2);
    assertThat(rules("rollback", "x")).isEqualTo(2);
    assertThat(runOnly(new RulesCommand())).isEqualTo(2);
    assertThat(runOnly(new RulesCommand(), "drop")).isEqualTo(2);
    assertThat(rules("get", "--revision", "99")).isEqualTo(1);
  }

  @Test
  void top_names_the_limits_that_find_no_room() throws Exception {
    StringBuilder text = new StringBuilder("upstreams: { echo: { builtin: echo } }\nroutes:\n");
    for (int i = 100; i < 165; i++) {
      text.append(
          "  - { id: r%d, match: { path: /r%d }, upstream: echo, limits: [l%d] }\n"
              .formatted(i, i, i));
    }
    text.append("limits:\n");
    for (int i = 100; i < 165; i++) {
      text.append("  l%d: { by: [address], windows: { month: 9 } }\n".formatted(i));
    }
    assertThat(rules("put", file("many.yaml", text.toString()))).as(err.toString()).isZero();
    for (int i = 100; i < 165; i++) {
      assertThat(gateway.get("/r" + i).statusCode()).isEqualTo(200);
    }
    assertThat(run(new TopCommand())).as(err.toString()).isZero();
    assertThat(out.toString()).contains("l163 ").endsWith("not all counted: l164\n");
    assertThat(run(new TopCommand(), "--limit", "l100")).isZero();
    assertThat(out.toString()).doesNotContain("not all counted");
  }

  @Test
  void single_clients_are_shown_and_ordered_about() throws Exception {
    for (int i = 0; i < 3; i++) {
      gateway.get("/");
    }
    assertThat(run(new UsageCommand(), "127.0.0.1")).as(err.toString()).isZero();
    assertThat(out.toString()).containsPattern("a +- +month +3 +997 +1000 +\\d+ s");
    assertThat(run(new TopCommand(), "--limit", "a")).as(err.toString()).isZero();
    assertThat(out.toString()).containsPattern("a +127\\.0\\.0\\.1 +3 +exact");
    assertThat(run(new TopCommand(), "--by", "refused", "--json")).isZero();
    assertThat(new JsonObject(out.toString()).getString("by")).isEqualTo("refused");
    String[] twice = {"127.0.0.1", "--factor", "2", "--seconds", "60"};
    assertThat(run(new BoostCommand(), twice)).as(err.toString()).isZero();
    assertThat(out.toString()).startsWith("127.0.0.1: x 2.0 until 20").contains("IN FORCE AFTER");
    assertThat(run(new UsageCommand(), "127.0.0.1")).isZero();
    assertThat(out.toString()).startsWith("boosted: x 2.0 until").contains("1997");
    assertThat(run(new ResetCommand(), "127.0.0.1")).as(err.toString()).isZero();
    assertThat(run(new UsageCommand(), "127.0.0.1")).isZero();
    assertThat(out.toString()).endsWith("no counts under this key\n");
    assertThat(run(new BoostCommand(), "127.0.0.1", "--end")).isZero();
    assertThat(run(new BlockCommand(), "127.0.0.1", "--seconds", "60")).isZero();
    assertThat(gateway.get("/").statusCode()).isEqualTo(403);
    assertThat(run(new BlockCommand(), "127.0.0.1", "--end")).isZero();
    assertThat(gateway.get("/").statusCode()).isEqualTo(200);
  }

  @Test
  void an_order_that_is_refused_says_why_and_wrong_use_is_2() {
    assertThat(run(new BoostCommand(), "c", "--factor", "0", "--seconds", "60")).isEqualTo(1);
    assertThat(err.toString()).contains("factor: 0.0 (expected: a number from 0.01 to 1000)");
    assertThat(run(new BlockCommand(), "c", "--end")).isEqualTo(1);
    assertThat(err.toString()).contains("the client has no block (status 404)");
    assertThat(run(new ResetCommand(), "c", "--limit", "none")).isEqualTo(1);
    assertThat(run(new BoostCommand(), "c", "--factor", "2")).isEqualTo(2);
    assertThat(run(new BlockCommand(), "c")).isEqualTo(2);
  }
}
