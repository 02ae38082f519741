package io.apitwo.drill;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.drill.Answers.Answer;
import io.apitwo.drill.DrillRules.DrillLimit;
import io.apitwo.drill.Load.Target;
import io.apitwo.limit.Window;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Nothing fails, and exactly the limit passes: on any number of nodes, however it comes. */
class ExactnessDrill {
  private static final List<String> LAYOUTS = List.of("packed", "plain");
  private static final List<Integer> NODES = List.of(4, 2, 1);
  private static final List<String> ACCURACIES = List.of("exact", "strict");
  private static final int SUSTAINED = 10_000;

  /** So many requests at once at such a limit a minute. */
  record Burst(int requests, int limit) {
    @Override
    public String toString() {
      return requests + " at " + limit;
    }
  }

  @TempDir static Path folder;
  private static final Map<String, Cluster> clusters = new HashMap<>();

  private static DrillLimit minute(String accuracy, long quota) {
    return DrillLimit.of(
        accuracy + "-minute-" + quota,
        accuracy,
        Map.of(Window.MINUTE, quota, Window.HOUR, 99_999L));
  }

  private static DrillLimit second(String accuracy, long quota) {
    return DrillLimit.of(
        accuracy + "-second-" + quota,
        accuracy,
        Map.of(Window.SECOND, quota, Window.HOUR, 99_999L));
  }

  /** One stage for each layout; it outlives the case. */
  private static Cluster cluster(String layout) throws Exception {
    Cluster known = clusters.get(layout);
    if (known != null) {
      return known;
    }
    Cluster cluster =
        new Cluster(
            Files.createDirectory(folder.resolve(layout)),
            layout,
            minute("exact", 100),
            minute("exact", 1_000),
            minute("exact", SUSTAINED),
            minute("strict", 100),
            minute("strict", 1_000),
            second("exact", 100),
            second("exact", 300),
            second("strict", 100),
            second("strict", 300));
    clusters.put(layout, cluster);
    return cluster;
  }

  @AfterAll
  static void end() {
    clusters.values().forEach(Cluster::close);
    clusters.clear();
  }

  static Stream<Arguments> bursts() {
    return Cases.pairs(
        LAYOUTS, NODES, List.of(new Burst(500, 100), new Burst(5_000, 1_000)), ACCURACIES);
  }

  @ParameterizedTest(name = "{0}, {1} nodes, {2}, {3}")
  @MethodSource("bursts")
  void of_a_burst_exactly_the_limit_passes(String layout, int nodes, Burst burst, String accuracy)
      throws Exception {
    Cluster cluster = cluster(layout);
    List<GatewayProcess> gateways = cluster.nodes(nodes);
    DrillLimit limit = minute(accuracy, burst.limit());
    String client = cluster.client();
    long commands = cluster.ledger.commands();
    Answers answers =
        cluster.load.burst(new Target(gateways, limit.path(), client), burst.requests());
    cluster.awaitSettled(limit, client);
    Audit.of(
            "burst nodes=%d burst=%d limit=%d/min accuracy=%s layout=%s"
                .formatted(nodes, burst.requests(), burst.limit(), accuracy, layout),
            cluster,
            limit,
            List.of(client),
            answers,
            commands)
        .nothingBeyondTheLimit()
        .everythingAnswered()
        .fullUse();
  }

  static Stream<Arguments> edges() {
    return Cases.pairs(LAYOUTS, List.of(4, 2), List.of(100, 300), ACCURACIES);
  }

  /** At 300 a second there are leases, at 100 there are none. */
  @ParameterizedTest(name = "{0}, {1} nodes, {2}, {3}")
  @MethodSource("edges")
  void across_the_edges_of_windows_each_has_its_own_limit(
      String layout, int nodes, int quota, String accuracy) throws Exception {
    Cluster cluster = cluster(layout);
    List<GatewayProcess> gateways = cluster.nodes(nodes);
    DrillLimit limit = second(accuracy, quota);
    String client = cluster.client();
    long commands = cluster.ledger.commands();
    Load.Running load = cluster.load.steady(new Target(gateways, limit.path(), client), 4 * quota);
    Awaitility.await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> cluster.upstream.arrivals(client, limit.name(), Window.SECOND).size() >= 4);
    Answers answers = load.stop();
    cluster.awaitSettled(limit, client);
    Audit.of(
            "edges nodes=%d limit=%d/s accuracy=%s layout=%s"
                .formatted(nodes, quota, accuracy, layout),
            cluster,
            limit,
            List.of(client),
            answers,
            commands)
        .nothingBeyondTheLimit()
        .everythingAnswered();
  }

  /** What is leased when the last request has gone comes back; what is stranded is little. */
  @Test
  void four_nodes_use_up_a_large_limit() throws Exception {
    Cluster cluster = cluster("packed");
    List<GatewayProcess> gateways = cluster.nodes(4);
    DrillLimit limit = minute("exact", SUSTAINED);
    String client = cluster.client();
    long commands = cluster.ledger.commands();
    Load.Running load = cluster.load.steady(new Target(gateways, limit.path(), client), 2_000);
    Awaitility.await("a minute in which many were refused")
        .atMost(Duration.ofSeconds(100))
        .until(() -> refusedInOneMinute(load.soFar()) > SUSTAINED / 5);
    Answers answers = load.stop();
    cluster.awaitSettled(limit, client);
    Audit audit =
        Audit.of(
                "sustained nodes=4 limit=" + SUSTAINED + "/min accuracy=exact layout=packed",
                cluster,
                limit,
                List.of(client),
                answers,
                commands)
            .nothingBeyondTheLimit()
            .everythingAnswered();
    int most =
        cluster.upstream.arrivals(client, limit.name(), Window.MINUTE).values().stream()
            .mapToInt(Integer::intValue)
            .max()
            .orElseThrow();
    Audit.note("stranded=%.2f %%".formatted(100.0 * (SUSTAINED - most) / SUSTAINED));
    assertThat(most)
        .as("arrivals of %s", audit.name())
        .isGreaterThanOrEqualTo(SUSTAINED * 99 / 100);
  }

  private static long refusedInOneMinute(Answers answers) {
    return answers.that(answer -> answer.status() == 429).all().stream()
        .collect(
            java.util.stream.Collectors.groupingBy(
                (Answer answer) -> Window.MINUTE.numberAt(answer.sentMillis()),
                java.util.stream.Collectors.counting()))
        .values()
        .stream()
        .mapToLong(Long::longValue)
        .max()
        .orElse(0);
  }
}
