package io.apitwo.drill;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.RedisServer;
import io.apitwo.SentinelServers;
import io.apitwo.drill.Answers.Answer;
import io.apitwo.drill.DrillRules.DrillLimit;
import io.apitwo.drill.Load.Target;
import io.apitwo.limit.Window;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The master that sentinels watch is killed, comes back, and is turned into a replica under the
 * gateway: what cannot be decided meanwhile is 503, nothing else, and afterwards all is exact.
 */
class SentinelDrill {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int MOST_LINES = 20; // of a gateway's log for each thing that happens

  /** Nobody comes near it, and every request asks the store. */
  private static final DrillLimit WIDE =
      DrillLimit.of("wide", "strict", Map.of(Window.HOUR, 10_000_000L));

  private static final DrillLimit EXACT =
      DrillLimit.of("exact-hour", "exact", Map.of(Window.HOUR, 1_000L));

  @TempDir Path folder;

  /** How many replicas a master must have to be written to. */
  static Stream<Integer> replicas() {
    return Cases.all() ? Stream.of(0, 1) : Stream.of(0);
  }

  @ParameterizedTest(name = "min-replicas-to-write {0}")
  @MethodSource("replicas")
  void a_failover_costs_a_while_of_503_and_nothing_afterwards(int replicas) throws Exception {
    try (SentinelServers servers = SentinelServers.start(replicas);
        Cluster cluster =
            Cluster.on(folder, () -> List.of(servers.master()), WIDE, EXACT, Recovery.PROBE)) {
      GatewayProcess gateway = gateway(servers, cluster);
      Load.Running load =
          cluster.load.steady(new Target(List.of(gateway), WIDE.path(), cluster.client()), 200);
      awaitPasses(load);
      RedisServer first = servers.master();
      Scene scene = new Scene(servers, cluster, gateway, load, replicas);

      long killed = System.currentTimeMillis();
      first.kill();
      scene.awaitOther("kill -9 of the master", killed, first);
      exactly(cluster, gateway, replicas);

      first.restart();
      await("the old master is a replica", () -> says(first, "role:slave"));
      assertThat(isAsked(first)).as("whether the gateway asked the old master").isFalse();
      await("and in step", () -> says(first, "master_link_status:up"));

      RedisServer second = servers.master();
      long asked = System.currentTimeMillis();
      servers.sentinels().get(0).command("SENTINEL", "FAILOVER", SentinelServers.NAME);
      scene.awaitOther("a failover that was asked for", asked, second);

      RedisServer third = servers.master();
      int unavailable = load.with(503);
      long refused = refused(third);
      third.command("REPLICAOF", "127.0.0.1", "" + RedisServer.freePort());
      await("READONLY", () -> load.with(503) > unavailable && refused(third) > refused);
      third.command("REPLICAOF", "NO", "ONE");
      awaitPasses(load);

      Answers answers = load.stop();
      assertThat(answers.odd()).as("answers but 200, 429 and 503").isZero();
      assertThat(answers.failed()).as("requests without an answer").isZero();
    }
  }

  private static GatewayProcess gateway(SentinelServers servers, Cluster cluster) throws Exception {
    String endpoints =
        servers.sentinels().stream()
            .map(sentinel -> "127.0.0.1:" + sentinel.port())
            .collect(Collectors.joining(","));
    return cluster
        .with("APITWO_STORE_REDIS_MODE", "sentinel")
        .with("APITWO_STORE_REDIS_MASTER", SentinelServers.NAME)
        .with("APITWO_STORE_REDIS_ENDPOINTS", endpoints)
        .with("APITWO_STORE_TIMEOUT", "500ms")
        .with("APITWO_STORE_EXPECTED_NODES", "2")
        .nodes(1)
        .get(0);
  }

  private static void exactly(Cluster cluster, GatewayProcess gateway, int replicas)
      throws Exception {
    String client = cluster.client();
    long commands = cluster.ledger.commands();
    Answers answers = cluster.load.burst(new Target(List.of(gateway), EXACT.path(), client), 3_000);
    cluster.awaitSettled(EXACT, client);
    Audit.of(
            "after a failover nodes=1 sentinels=3 limit=%d/h min-replicas-to-write=%d"
                .formatted(EXACT.quota(), replicas),
            cluster,
            EXACT,
            List.of(client),
            answers,
            commands)
        .nothingBeyondTheLimit()
        .everythingAnswered()
        .fullUse();
  }

  /** Redis 6 wraps what a command inside a script meets. */
  private static long refused(RedisServer server) {
    return server.errors("READONLY") + server.errors("ERR");
  }

  private static boolean isAsked(RedisServer server) {
    return ((String) server.command("INFO", "commandstats")).contains("cmdstat_evalsha:");
  }

  private static boolean says(RedisServer server, String what) {
    return SentinelServers.replication(server).contains(what);
  }

  /** A server that changes its role closes its connections, and a question may be on one. */
  private static void await(String what, BooleanSupplier condition) {
    Awaitility.await(what)
        .atMost(PATIENCE)
        .ignoreExceptions()
        .pollInterval(Duration.ofMillis(10))
        .until(condition::getAsBoolean);
  }

  private static void awaitPasses(Load.Running load) {
    int before = load.with(200);
    await("requests pass", () -> load.with(200) >= before + 100);
  }

  /** What is looked at each time that the master changes. */
  private record Scene(
      SentinelServers servers,
      Cluster cluster,
      GatewayProcess gateway,
      Load.Running load,
      int replicas) {
    /** Until all sentinels name another, and requests pass; says how long it took. */
    void awaitOther(String event, long startMillis, RedisServer old) throws Exception {
      final long lines = gateway.log().lines().count();
      await(
          "some sentinel names another master",
          () -> servers.sentinels().stream().anyMatch(s -> servers.master(s) != old));
      long switched = System.currentTimeMillis();
      final RedisServer master = servers.master();
      assertThat(master).isNotSameAs(old);
      await("the new master is asked", () -> isAsked(master));
      long decided = System.currentTimeMillis();
      long exact = Recovery.exactAfterMillis(cluster, List.of(gateway), switched);
      awaitPasses(load);
      List<Answer> since = load.soFar().that(a -> a.sentMillis() >= startMillis).all();
      Audit.note(
          "%s, min-replicas-to-write=%d: switched after %d ms, asked %d ms later, exact %d ms later, 503 to %d of %d"
              .formatted(
                  event,
                  replicas,
                  switched - startMillis,
                  decided - switched,
                  exact,
                  since.stream().filter(answer -> answer.status() == 503).count(),
                  since.size()));
      assertThat(gateway.log().lines().count() - lines)
          .as("lines of the log")
          .isLessThanOrEqualTo(MOST_LINES);
    }
  }
}
