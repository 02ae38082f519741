package io.apitwo.drill;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.drill.DrillRules.DrillLimit;
import io.apitwo.drill.Load.Target;
import io.apitwo.limit.Window;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Nodes die, stand still or have the wrong time, and still nothing passes beyond the limit. */
class NodeFaultDrill {
  private static final List<String> LAYOUTS = List.of("packed", "plain");
  private static final List<String> ACCURACIES = List.of("exact", "strict");
  private static final long QUOTA = 4_000;

  /** Large enough to be leased, in a window that hardly ever ends in a drill. */
  private static final List<DrillLimit> HOUR =
      ACCURACIES.stream()
          .map(a -> DrillLimit.of(a + "-hour", a, Map.of(Window.HOUR, QUOTA)))
          .toList();

  private static final List<DrillLimit> SECOND =
      ACCURACIES.stream()
          .map(
              a ->
                  DrillLimit.of(
                      a + "-second", a, Map.of(Window.SECOND, 300L, Window.HOUR, 99_999L)))
          .toList();

  @TempDir Path folder;

  private Cluster cluster(String layout, List<DrillLimit> limits) throws Exception {
    return new Cluster(folder, layout, limits.toArray(DrillLimit[]::new));
  }

  private static DrillLimit limit(List<DrillLimit> limits, String accuracy) {
    return limits.get(ACCURACIES.indexOf(accuracy));
  }

  static Stream<Arguments> shapes() {
    return Cases.each(LAYOUTS, ACCURACIES);
  }

  private static void awaitArrivals(Cluster cluster, DrillLimit limit, String client, long count) {
    Awaitility.await(count + " arrivals")
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> arrivals(cluster, limit, client) >= count);
  }

  private static long arrivals(Cluster cluster, DrillLimit limit, String client) {
    return cluster.upstream.arrivals(client, limit.name(), limit.shortest()).values().stream()
        .mapToInt(Integer::intValue)
        .sum();
  }

  private static void awaitRefusals(Load.Running load, int count) {
    Awaitility.await(count + " refusals")
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(100))
        .until(() -> load.with(429) >= count);
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("shapes")
  void a_killed_node_costs_at_most_what_it_held(String layout, String accuracy) throws Exception {
    DrillLimit limit = limit(HOUR, accuracy);
    try (Cluster cluster = cluster(layout, HOUR)) {
      List<GatewayProcess> gateways = cluster.nodes(3);
      GatewayProcess victim = gateways.get(2);
      String client = cluster.client();
      long commands = cluster.ledger.commands();
      Load.Running load =
          cluster.load.steady(new Target(gateways.subList(0, 2), limit.path(), client), 800);
      Load.Running last =
          cluster.load.steady(new Target(List.of(victim), limit.path(), client), 400);
      awaitArrivals(cluster, limit, client, QUOTA / 4);
      victim.kill();
      Answers cut = last.stop();
      awaitRefusals(load, 500);
      Answers answers = load.stop().plus(cut);
      // Its event loops together may have held leases of a twentieth of the quota.
      long most = (accuracy.equals("exact") ? QUOTA / 20 : 0) + cut.failed();
      Awaitility.await("the others have given back what they held")
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() -> assertThat(lost(cluster, limit, client)).isLessThanOrEqualTo(most));
      Audit.of(
              "kill -9 nodes=3 limit=%d/h accuracy=%s layout=%s".formatted(QUOTA, accuracy, layout),
              cluster,
              limit,
              List.of(client),
              answers,
              commands)
          .nothingBeyondTheLimit();
      assertThat(answers.unavailable()).as("answers 503").isZero();
      Audit.note(
          "lost with the killed node=%d of at most %d, cut off=%d"
              .formatted(lost(cluster, limit, client), most, cut.failed()));
    }
  }

  /** What is counted and will never arrive, or not yet. */
  private static long lost(Cluster cluster, DrillLimit limit, String client) {
    long counted =
        cluster.ledger.counts(limit.name(), client).stream().mapToLong(Ledger.Count::used).sum();
    return counted - arrivals(cluster, limit, client);
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("shapes")
  void a_terminated_node_loses_nothing(String layout, String accuracy) throws Exception {
    DrillLimit limit = limit(HOUR, accuracy);
    try (Cluster cluster = cluster(layout, HOUR)) {
      List<GatewayProcess> gateways = cluster.nodes(2);
      String client = cluster.client();
      long commands = cluster.ledger.commands();
      Load.Running load = cluster.load.steady(new Target(gateways, limit.path(), client), 800);
      awaitArrivals(cluster, limit, client, QUOTA / 4);
      gateways.forEach(GatewayProcess::terminateLater);
      for (GatewayProcess gateway : gateways) {
        assertThat(gateway.awaitExit()).isEqualTo(143);
      }
      Answers answers = load.stop();
      Audit audit =
          Audit.of(
                  "SIGTERM nodes=2 limit=%d/h accuracy=%s layout=%s"
                      .formatted(QUOTA, accuracy, layout),
                  cluster,
                  limit,
                  List.of(client),
                  answers,
                  commands)
              .nothingBeyondTheLimit();
      Audit.note("lost on SIGTERM=" + (audit.counted() - audit.arrived()));
      cluster.awaitSettled(limit, client); // nobody is left to change anything
    }
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("shapes")
  void a_node_that_stood_still_spends_nothing_of_windows_that_are_over(
      String layout, String accuracy) throws Exception {
    DrillLimit limit = limit(SECOND, accuracy);
    try (Cluster cluster = cluster(layout, SECOND)) {
      List<GatewayProcess> gateways = cluster.nodes(2);
      GatewayProcess still = gateways.get(1);
      String client = cluster.client();
      long commands = cluster.ledger.commands();
      Load.Running load = cluster.load.steady(new Target(gateways, limit.path(), client), 800);
      for (int round = 0; round < (Cases.all() ? 5 : 2); round++) {
        awaitWindows(cluster, limit, client, 2);
        still.pause();
        long from = System.currentTimeMillis();
        try {
          awaitWindows(cluster, limit, client, 3);
        } finally {
          cluster.upstream.stoodStill(still.name(), from, System.currentTimeMillis());
          still.resume();
        }
      }
      awaitWindows(cluster, limit, client, 3);
      Answers answers = load.stop();
      cluster.awaitSettled(limit, client);
      Audit.of(
              "SIGSTOP nodes=2 limit=%d/s accuracy=%s layout=%s"
                  .formatted(limit.quota(), accuracy, layout),
              cluster,
              limit,
              List.of(client),
              answers,
              commands)
          .nothingBeyondTheLimit();
      assertThat(answers.failed()).as("requests without an answer").isZero();
    }
  }

  /** Until requests have passed in so many more windows. */
  private static void awaitWindows(Cluster cluster, DrillLimit limit, String client, int more) {
    int before = cluster.upstream.arrivals(client, limit.name(), limit.shortest()).size();
    Awaitility.await(more + " more windows")
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(20))
        .until(
            () ->
                cluster.upstream.arrivals(client, limit.name(), limit.shortest()).size()
                    >= before + more);
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("shapes")
  void clocks_may_be_wrong_by_seconds(String layout, String accuracy) throws Exception {
    Optional<String> library = faketime();
    Assumptions.assumeTrue(library.isPresent(), "libfaketime is not installed (package faketime)");
    DrillLimit limit = limit(SECOND, accuracy);
    try (Cluster cluster = cluster(layout, SECOND)) {
      List<GatewayProcess> gateways = new ArrayList<>();
      for (String offset : List.of("+5s", "-5s", "+0s")) {
        gateways.add(
            cluster.launch(
                Map.of(
                    "LD_PRELOAD",
                    library.get(),
                    "FAKETIME",
                    offset,
                    "FAKETIME_DONT_FAKE_MONOTONIC",
                    "1",
                    "FAKETIME_FORCE_MONOTONIC_FIX", // which makes timed waits of a JVM hang
                    "0")));
      }
      gateways.forEach(cluster::warm);
      String client = cluster.client();
      long commands = cluster.ledger.commands();
      Load.Running load = cluster.load.steady(new Target(gateways, limit.path(), client), 1_200);
      awaitWindows(cluster, limit, client, 6);
      Answers answers = load.stop();
      cluster.awaitSettled(limit, client);
      Audit.of(
              "clocks +5 s, -5 s, 0 nodes=3 limit=%d/s accuracy=%s layout=%s"
                  .formatted(limit.quota(), accuracy, layout),
              cluster,
              limit,
              List.of(client),
              answers,
              commands)
          .nothingBeyondTheLimit()
          .everythingAnswered();
    }
  }

  private static Optional<String> faketime() {
    return Stream.of("x86_64-linux-gnu/faketime", "aarch64-linux-gnu/faketime", "faketime")
        .flatMap(place -> Stream.of("/usr/lib/" + place, "/usr/local/lib/" + place))
        .map(place -> place + "/libfaketime.so.1")
        .filter(file -> Files.exists(Path.of(file)))
        .findFirst();
  }
}
