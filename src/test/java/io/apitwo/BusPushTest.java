package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.core.HazelcastInstance;
import io.apitwo.config.Entry;
import io.apitwo.config.Revision;
import io.apitwo.example.RulesPusher;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.json.JsonObject;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rules that a peer on the event bus pushes. */
class BusPushTest {
  private static RunningGateway gateway;
  private static Vertx peer;

  @BeforeAll
  static void join(@TempDir Path folder) throws Exception {
    List<Integer> ports = ClusterTest.freePorts(2);
    gateway = gateway(folder, ports);
    peer = get(RulesPusher.join("apitwo", "127.0.0.1:" + ports.get(0)));
  }

  /** The only one of a cluster. */
  static RunningGateway gateway(Path folder, List<Integer> ports) throws Exception {
    return RunningGateway.start(
        folder,
        ClusterTest.rules(5),
        "CLUSTER_ENABLED",
        "true",
        "CLUSTER_SECRET",
        "a secret of the tests",
        "CLUSTER_HOST",
        "127.0.0.1",
        "CLUSTER_PORT",
        Integer.toString(ports.get(0)),
        "CLUSTER_BUS_PORT",
        Integer.toString(ports.get(1)));
  }

  @AfterAll
  static void leave() throws Exception {
    get(peer.close());
    gateway.close();
  }

  private static <T> T get(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(40, TimeUnit.SECONDS);
  }

  private static ReplyException refusal(Object message) throws Exception {
    try {
      get(peer.eventBus().request("apitwo.rules.push", message));
    } catch (ExecutionException e) {
      return (ReplyException) e.getCause();
    }
    throw new AssertionError("not refused");
  }

  private static JsonObject push(String token, String rules) {
    return new JsonObject().put("token", token).put("rules", rules);
  }

  @Test
  void whoever_holds_the_token_may_push_and_hears_where_it_is_in_force() throws Exception {
    JsonObject done = get(RulesPusher.push(peer, RunningGateway.TOKEN, ClusterTest.rules(6)));

    assertThat(done.getLong("revision")).isEqualTo(gateway.gateway.revision().number());
    assertThat(done.getString("sha256")).isEqualTo(gateway.gateway.revision().sha256());
    assertThat(done.getBoolean("converged")).isTrue();
    assertThat(done.getJsonArray("nodes")).hasSize(1);
    assertThat(gateway.gateway.revision().text()).isEqualTo(ClusterTest.rules(6));
  }

  @Test
  void a_dry_run_changes_nothing() throws Exception {
    long before = gateway.gateway.revision().number();
    JsonObject dry =
        push(RunningGateway.TOKEN, ClusterTest.rules(8)).put("dryRun", true).put("ifMatch", before);

    JsonObject answer = (JsonObject) get(peer.eventBus().request("apitwo.rules.push", dry)).body();

    assertThat(answer.getLong("revision")).isEqualTo(before + 1);
    assertThat(gateway.gateway.revision().number()).isEqualTo(before);
  }

  @Test
  void a_refusal_has_the_status_as_code_and_the_body_as_message() throws Exception {
    long before = gateway.gateway.revision().number();
    String good = ClusterTest.rules(9);

    assertThat(refusal(push("not the token of anybody", good)).failureCode()).isEqualTo(401);
    assertThat(refusal("rules").failureCode()).isEqualTo(400);
    assertThat(refusal(push(RunningGateway.TOKEN, good).put("now", true)).failureCode())
        .isEqualTo(400);
    assertThat(refusal(push(RunningGateway.TOKEN, good).put("ifMatch", 999)).failureCode())
        .isEqualTo(412);
    ReplyException invalid = refusal(push(RunningGateway.TOKEN, "upstreams: 5"));
    assertThat(invalid.failureCode()).isEqualTo(422);
    assertThat(new JsonObject(invalid.getMessage()).getJsonArray("errors")).isNotEmpty();
    assertThat(gateway.gateway.revision().number()).isEqualTo(before);
  }

  @Test
  void what_a_member_forges_has_no_effect_and_is_counted() throws Exception {
    Revision before = gateway.gateway.revision();
    double counted = forged();
    HazelcastInstance member =
        ((HazelcastClusterManager) ((VertxInternal) peer).clusterManager()).getHazelcastInstance();
    String entry =
        new JsonObject()
            .put("number", 999)
            .put("sha256", Entry.sha256(ClusterTest.rules(9)))
            .put("previous", before.sha256())
            .put("source", "forger")
            .put("actor", "forger")
            .put("at", "2030-01-01T00:00:00Z")
            .put("text", ClusterTest.rules(9))
            .encode();
    String mark = "0".repeat(64);
    member.getReplicatedMap("apitwo.entries").put("rules#1", mark + entry);
    member.getReplicatedMap("apitwo.entries").put("rules#2", 5);
    member.getMap("apitwo.newest").put("rules", mark + entry);
    peer.eventBus()
        .publish("apitwo.config.signal", mark + "{\"document\":\"rules\",\"number\":999}")
        .publish("apitwo.config.word", mark + "{\"node\":\"forger\"}")
        .publish("apitwo.config.word", 7);
    Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> forged() >= counted + 6);

    JsonObject done = get(RulesPusher.push(peer, RunningGateway.TOKEN, ClusterTest.rules(7)));
    assertThat(done.getLong("revision")).isEqualTo(before.number() + 1);
    assertThat(gateway.gateway.revision().text()).isEqualTo(ClusterTest.rules(7));
    assertThat(gateway.gateway.rulebook().nodes()).hasSize(1);
  }

  private static double forged() throws Exception {
    return Double.parseDouble(
        gateway
            .manage("/metrics")
            .body()
            .lines()
            .filter(line -> line.startsWith("apitwo_cluster_forged_total "))
            .findFirst()
            .orElseThrow()
            .replaceFirst(".* ", ""));
  }

  @Test
  void the_documented_example_is_the_one_that_runs_here() throws Exception {
    String source = Files.readString(Path.of("src/test/java/io/apitwo/example/RulesPusher.java"));
    String shown = Files.readString(Path.of("docs/cluster.md"));
    for (String part : new String[] {"join", "push"}) {
      String code = source.split("// docs: " + part + "\n")[1].split("\n *// docs: ")[0];
      assertThat(shown).contains(code.stripTrailing().stripIndent().strip());
    }
  }
}
