package io.apitwo.drill;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.FaultProxy;
import io.apitwo.drill.DrillRules.DrillLimit;
import io.apitwo.drill.Load.Target;
import io.apitwo.limit.Window;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Redis gives no answer under load, and limits say {@code onStoreFailure: local}. Every request is
 * answered 200 or 429 all the same; each of two nodes passes no more than its half meanwhile; and
 * when Redis is back, it decides exactly and has counted what passed, nothing of it twice.
 */
class LadderDrill {
  private static final List<String> LAYOUTS = List.of("packed", "plain");
  private static final long QUOTA = 1_000;

  /** Answers that were decided before the trouble began may be counted after it. */
  private static final int UNDER_WAY = 200;

  private static final int PER_SECOND = 400;

  private static final DrillLimit STRICT = limit("strict");
  private static final DrillLimit EXACT = limit("exact");

  /** A line for each transition, and one for what is refused in ten seconds. */
  private static final int MOST_LINES = 12;

  @TempDir Path folder;

  private static DrillLimit limit(String accuracy) {
    return DrillLimit.of(accuracy + "-local", accuracy, Map.of(Window.HOUR, QUOTA))
        .onStoreFailure("local");
  }

  static Stream<Arguments> troubles() {
    return Cases.each(List.of(Trouble.values()), LAYOUTS, List.of(STRICT, EXACT));
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("troubles")
  void each_node_keeps_its_share_and_redis_counts_it_afterwards(
      Trouble trouble, String layout, DrillLimit limit) throws Exception {
    try (Cluster cluster = new Cluster(folder, layout, STRICT, EXACT);
        FaultProxy network = new FaultProxy(cluster.redis.port())) {
      List<GatewayProcess> gateways =
          cluster
              .withLogin()
              .with("APITWO_STORE_TIMEOUT", "300ms")
              .with("APITWO_STORE_EXPECTED_NODES", "2")
              .throughPort(network.port())
              .nodes(2);
      String client = cluster.client();
      int linesBefore = lines(gateways);
      long commands = cluster.ledger.commands();
      Load.Running load =
          cluster.load.steady(new Target(gateways, limit.path(), client), PER_SECOND);
      load.awaitMore(200, 100);
      trouble.begin(cluster, network);
      int passedBefore = load.with(200);
      try {
        load.awaitMore(429, 3 * PER_SECOND);
      } finally {
        trouble.end(cluster, network);
      }
      int passedMeanwhile = load.with(200) - passedBefore;
      gateways.forEach(cluster::warm);
      assertExact(cluster, gateways, limit);
      Answers answers = load.stop();
      awaitCounted(cluster, limit, client, trouble);
      Audit audit =
          Audit.of(
              "ladder %s nodes=2 limit=%d/h accuracy=%s layout=%s"
                  .formatted(trouble, QUOTA, limit.accuracy(), layout),
              cluster,
              limit,
              List.of(client),
              answers,
              commands);
      Audit.note(
          "passed meanwhile=%d uncounted=%d log lines=%d"
              .formatted(
                  passedMeanwhile,
                  audit.arrived() - audit.counted(),
                  lines(gateways) - linesBefore));
      audit.everythingAnswered();
      assertThat(answers.odd()).as("odd answers").isZero();
      assertThat(audit.immortal()).as("keys without an expiry").isEmpty();
      assertThat((long) passedMeanwhile)
          .as("passes meanwhile")
          .isLessThanOrEqualTo(QUOTA + leased(limit) + UNDER_WAY);
      assertThat(audit.overshoot()).as("overshoot").isLessThanOrEqualTo(QUOTA);
      assertThat(audit.counted())
          .as("counted")
          .isLessThanOrEqualTo(audit.arrived() + leased(limit));
      assertThat(lines(gateways) - linesBefore).as("log lines").isLessThanOrEqualTo(2 * MOST_LINES);
    }
  }

  /** What may have been on lease when the store was lost: it is spent, or written off. */
  private static long leased(DrillLimit limit) {
    return limit == EXACT ? QUOTA / 10 : 0;
  }

  private static int lines(List<GatewayProcess> gateways) {
    return gateways.stream().mapToInt(node -> (int) node.log().lines().count()).sum();
  }

  /** Somebody whom nobody has met gets his quota, neither more nor less. */
  private static void assertExact(Cluster cluster, List<GatewayProcess> gateways, DrillLimit limit)
      throws Exception {
    String fresh = cluster.client();
    long commands = cluster.ledger.commands();
    Answers answers =
        cluster.load.burst(new Target(gateways, limit.path(), fresh), (int) (2 * QUOTA));
    Audit.of("ladder, afterwards", cluster, limit, List.of(fresh), answers, commands)
        .nothingBeyondTheLimit()
        .everythingAnswered();
  }

  private static void awaitCounted(
      Cluster cluster, DrillLimit limit, String client, Trouble trouble) {
    if (trouble.isCertain() && limit == STRICT) {
      cluster.awaitSettled(limit, client);
    }
  }
}
