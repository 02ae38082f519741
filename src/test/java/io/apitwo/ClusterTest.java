package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apitwo.config.Push;
import io.apitwo.config.Pushed;
import io.apitwo.config.Rulebook;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several gateways of one cluster, in this process. */
class ClusterTest {
  private static final Duration PATIENCE = Duration.ofSeconds(40);
  private static final String SECRET = "a secret of the tests";

  @TempDir Path folder;
  private final List<RunningGateway> nodes = new ArrayList<>();
  private final List<Integer> ports = freePorts(8);

  @AfterEach
  void close() {
    nodes.forEach(RunningGateway::close);
  }

  /** Below those that the system gives to clients: these come and go, and may be taken again. */
  static List<Integer> freePorts(int count) {
    Set<Integer> ports = new LinkedHashSet<>();
    for (int attempt = 0; ports.size() < count && attempt < 1_000; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(10_000, 32_000);
      try (ServerSocket free = new ServerSocket(port)) {
        ports.add(free.getLocalPort());
      } catch (IOException taken) {
        // another one
      }
    }
    assertThat(ports).hasSize(count);
    return List.copyOf(ports);
  }

  static String rules(int limit) {
    return """
    upstreams: { echo: { builtin: echo } }
    routes: [{ id: all, upstream: echo, limits: [default] }]
    limits: { default: { by: [address], windows: { hour: %d } } }
    """
        .formatted(limit);
  }

  private RunningGateway start(int number, String secret, String... more) throws Exception {
    Path own = Files.createDirectories(folder.resolve("node-" + number));
    List<String> settings = new ArrayList<>(List.of(more));
    settings.addAll(
        List.of(
            "CLUSTER_ENABLED",
            "true",
            "CLUSTER_SECRET",
            secret,
            "CLUSTER_HOST",
            "127.0.0.1",
            "CLUSTER_PORT",
            Integer.toString(ports.get(2 * number)),
            "CLUSTER_BUS_PORT",
            Integer.toString(ports.get(2 * number + 1)),
            "CLUSTER_MEMBERS",
            "127.0.0.1:" + ports.get(0) + ",127.0.0.1:" + ports.get(2)));
    RunningGateway node = RunningGateway.start(own, rules(5), settings.toArray(String[]::new));
    nodes.add(node);
    return node;
  }

  private static Pushed push(RunningGateway node, String text) throws Exception {
    Rulebook rulebook = node.gateway.rulebook();
    Future<Pushed> pushed = rulebook.push(new Push(text, "test", "tester", null, false));
    return pushed.toCompletionStage().toCompletableFuture().get(30, TimeUnit.SECONDS);
  }

  private static void awaitText(RunningGateway node, String text) {
    Awaitility.await().atMost(PATIENCE).until(() -> node.gateway.revision().text().equals(text));
  }

  private static int history(RunningGateway node) throws Exception {
    return node.gateway
        .rulebook()
        .history()
        .toCompletionStage()
        .toCompletableFuture()
        .get(30, TimeUnit.SECONDS)
        .size();
  }

  private static void awaitSeen(RunningGateway node, int nodes) {
    Awaitility.await()
        .atMost(PATIENCE)
        .until(() -> node.gateway.rulebook().nodes().size() == nodes);
  }

  @Test
  void a_push_on_one_node_is_in_force_on_all_when_it_is_answered() throws Exception {
    RunningGateway one = start(0, SECRET);
    RunningGateway other = start(1, SECRET);
    awaitSeen(one, 2);
    assertThat(other.gateway.revision().number()).isEqualTo(1);

    Pushed pushed = push(one, rules(6));

    assertThat(pushed.converged()).isTrue();
    assertThat(pushed.nodes()).hasSize(2).allMatch(node -> node.appliedMillis() != null);
    assertThat(other.gateway.revision().number()).isEqualTo(2);
    assertThat(other.gateway.revision().text()).isEqualTo(rules(6));

    other.saveRules(rules(7));
    awaitText(one, rules(7));
    assertThat(one.gateway.revision().number()).isEqualTo(3);

    RunningGateway late = start(2, SECRET);
    assertThat(late.gateway.revision().text()).isEqualTo(rules(7));
    assertThat(late.gateway.revision().number()).isEqualTo(3);
    awaitSeen(late, 3);
    assertThat(one.manage("/metrics").body()).contains("apitwo_cluster_members 3.0");
  }

  @Test
  void what_is_sealed_with_another_secret_has_no_effect_and_is_counted() throws Exception {
    RunningGateway one = start(0, SECRET);
    RunningGateway forger = start(1, "another secret, of a forger");
    Pushed pushed = push(forger, rules(9));
    assertThat(pushed.nodes()).hasSize(1);
    Awaitility.await()
        .atMost(PATIENCE)
        .until(() -> !one.manage("/metrics").body().contains("apitwo_cluster_forged_total 0.0"));

    assertThat(push(one, rules(6)).revision()).isEqualTo(2);
    assertThat(one.gateway.revision().text()).isEqualTo(rules(6));
  }

  @Test
  void who_comes_late_and_learns_old_revisions_says_nothing_of_a_split() throws Exception {
    RunningGateway one = start(0, SECRET);
    for (int limit = 6; limit < 9; limit++) {
      push(one, rules(limit));
    }

    RunningGateway late = start(1, SECRET);

    Awaitility.await().atMost(PATIENCE).until(() -> history(late) == 4);
    assertThat(one.log.toString() + late.log).doesNotContain("given twice");
  }

  @Test
  void a_revision_that_does_not_compile_on_a_node_is_said_wherever_one_asks() throws Exception {
    Path upstream = Files.writeString(folder.resolve("upstream"), "http://127.0.0.1:9");
    String needy = rules(6).replace("{ builtin: echo }", "{ targets: [ '${file:%s}' ] }");
    RunningGateway one = start(0, SECRET);
    RunningGateway without = start(1, SECRET);
    awaitSeen(one, 2);
    assertThat(push(one, needy.formatted(upstream)).converged()).isTrue();
    without.close();
    nodes.remove(without);
    Files.delete(upstream);

    RunningGateway other = start(1, SECRET);
    assertThat(other.gateway.revision().number()).isEqualTo(1);
    Admin admin = new Admin(other);
    assertThat(admin.revision()).isEqualTo(1);
    JsonObject itself =
        Admin.json(admin.get("/admin/v1/nodes")).getJsonArray("nodes").getJsonObject(0);
    assertThat(itself.getLong("revision")).isEqualTo(1);
    assertThat(itself.getLong("failedRevision")).isEqualTo(2);
    assertThat(itself.getString("error")).isEqualTo("does not compile here");
    assertThat(other.manage("/metrics").body()).contains("apitwo_rules_lag_revisions 1.0");
    Awaitility.await()
        .atMost(PATIENCE)
        .until(
            () ->
                new Admin(one)
                    .get("/admin/v1/nodes")
                    .body()
                    .contains("\"failedRevision\":2,\"error\":\"does not compile here\""));

    HttpResponse<String> old = admin.put(rules(7), "If-Match", "\"1\"");
    assertThat(old.statusCode()).isEqualTo(412);
    assertThat(old.body()).contains("revision 1 is not the newest (expected: 2)");
    HttpResponse<String> patched = admin.patch("default", "{\"windows\": {\"hour\": 8}}");
    assertThat(patched.statusCode()).as(patched.body()).isEqualTo(422);
    assertThat(patched.body()).contains(upstream.toString());
    assertThat(admin.put(rules(7), "If-Match", "\"2\"").statusCode()).isEqualTo(200);
    assertThat(other.gateway.revision().number()).isEqualTo(3);
    assertThat(admin.get("/admin/v1/nodes").body()).doesNotContain("failedRevision");
  }

  @Test
  void without_redis_each_node_keeps_its_share() throws Exception {
    RunningGateway one = start(0, SECRET);
    RunningGateway other = start(1, SECRET);
    push(one, rules(10));
    awaitText(other, rules(10));
    Awaitility.await()
        .atMost(PATIENCE)
        .until(() -> one.manage("/metrics").body().contains("apitwo_cluster_members 2.0"));

    int passed = 0;
    for (int i = 0; i < 20; i++) {
      passed += (i % 2 == 0 ? one : other).get("/").statusCode() == 200 ? 1 : 0;
    }
    assertThat(passed).isEqualTo(10);
    for (int i = 0; i < 10; i++) {
      assertThat(one.get("/").statusCode()).isEqualTo(429);
    }
  }

  @Test
  void the_event_bus_takes_only_who_shows_a_certificate() throws Exception {
    TestCertificate own = TestCertificate.in(Files.createDirectories(folder.resolve("tls")));
    String cert = own.certificate().toString();
    String key = own.key().toString();
    String[] tls = {"CLUSTER_TLS_CERT", cert, "CLUSTER_TLS_KEY", key, "CLUSTER_TLS_CA_FILE", cert};
    RunningGateway one = start(0, SECRET, tls);
    start(1, SECRET, tls);
    awaitSeen(one, 2);
    assertThat(push(one, rules(6)).converged()).isTrue();

    try (Socket plain = new Socket("127.0.0.1", ports.get(1))) {
      plain.setSoTimeout(20_000);
      RunningGateway.send(plain, "\0\0\0\0 no greeting of TLS");
      assertThat(plain.getInputStream().readAllBytes()).doesNotContain('{');
    }
  }

  @Test
  void a_certificate_that_is_none_is_refused_at_the_start() throws Exception {
    Path none = Files.writeString(folder.resolve("none.pem"), "nothing");
    String[] tls = {
      "CLUSTER_TLS_CERT",
      none.toString(),
      "CLUSTER_TLS_KEY",
      none.toString(),
      "CLUSTER_TLS_CA_FILE",
      none.toString()
    };
    assertThatThrownBy(() -> start(0, SECRET, tls))
        .isInstanceOf(StartupException.class)
        .hasMessageStartingWith("cluster.tls.cert: " + none + " (expected: ");
  }

  @Test
  void an_address_of_another_machine_is_refused_at_the_start() {
    assertThatThrownBy(
            () ->
                RunningGateway.start(
                    folder,
                    rules(5),
                    "CLUSTER_ENABLED",
                    "true",
                    "CLUSTER_SECRET",
                    SECRET,
                    "CLUSTER_HOST",
                    "192.0.2.1"))
        .isInstanceOf(StartupException.class)
        .hasMessage("cluster.host: 192.0.2.1 (expected: an address of this machine)");
  }

  @Test
  void a_port_that_is_taken_is_named() throws Exception {
    try (ServerSocket taken =
        new ServerSocket(ports.get(0), 1, InetAddress.getByName("127.0.0.1"))) {
      assertThatThrownBy(() -> start(0, SECRET))
          .isInstanceOf(StartupException.class)
          .hasMessageStartingWith("cluster.port: " + taken.getLocalPort())
          .hasMessageContaining("expected: a free port");
    }
    try (ServerSocket taken =
        new ServerSocket(ports.get(1), 1, InetAddress.getByName("127.0.0.1"))) {
      assertThatThrownBy(() -> start(0, SECRET))
          .isInstanceOf(StartupException.class)
          .hasMessageStartingWith("cluster.busPort: " + taken.getLocalPort());
    }
  }
}
