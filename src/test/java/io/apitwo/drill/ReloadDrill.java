package io.apitwo.drill;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.drill.DrillRules.DrillLimit;
import io.apitwo.drill.Load.Target;
import io.apitwo.limit.Window;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Limits change in the middle of a window, and what was counted stays counted. */
class ReloadDrill {
  @TempDir Path folder;

  private static DrillLimit limit(String accuracy, long quota) {
    return DrillLimit.of("changing", accuracy, Map.of(Window.HOUR, quota));
  }

  static Stream<Arguments> shapes() {
    return Cases.each(List.of("packed", "plain"), List.of("exact", "strict"));
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("shapes")
  void a_limit_is_raised_and_lowered_in_mid_window(String layout, String accuracy)
      throws Exception {
    DrillLimit low = limit(accuracy, 100);
    DrillLimit high = limit(accuracy, 1_000);
    DrillLimit lowest = limit(accuracy, 50);
    try (Cluster cluster = new Cluster(folder, layout, low)) {
      List<GatewayProcess> gateways = cluster.nodes(2);
      String client = cluster.client();
      Target target = new Target(gateways, low.path(), client);
      long commands = cluster.ledger.commands();
      Answers answers = cluster.load.burst(target, 300);
      int atFirst = answers.passed();
      cluster.saveLimits(gateways, high);
      answers = answers.plus(cluster.load.burst(target, 600));
      int soonRaised = answers.passed();
      answers = answers.plus(cluster.load.burst(target, 1_400));
      int raised = answers.passed();
      cluster.saveLimits(gateways, lowest);
      Answers afterwards = cluster.load.burst(target, 200);
      cluster.awaitSettled(high, client);
      Audit.of(
              "reload 100 -> 1000 -> 50 /h nodes=2 accuracy=%s layout=%s"
                  .formatted(accuracy, layout),
              cluster,
              high,
              List.of(client),
              answers.plus(afterwards),
              commands)
          .nothingBeyondTheLimit()
          .everythingAnswered();
      boolean oneHour = cluster.upstream.arrivals(client, low.name(), Window.HOUR).size() == 1;
      if (oneHour) {
        assertThat(atFirst).as("passed at 100").isEqualTo(100);
        assertThat(soonRaised).as("passed at 1000, of 900 in all").isEqualTo(700);
        assertThat(raised).as("passed at 1000").isBetween(990, 1_000);
        assertThat(afterwards.passed()).as("passed at 50").isZero();
      }
    }
  }

  /** Leases that were taken under the old limit go back, and the new one is used to its end. */
  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("shapes")
  void a_limit_is_lowered_under_load(String layout, String accuracy) throws Exception {
    DrillLimit before = limit(accuracy, 4_000);
    DrillLimit after = limit(accuracy, 3_000);
    try (Cluster cluster = new Cluster(folder, layout, before)) {
      List<GatewayProcess> gateways = cluster.nodes(2);
      String client = cluster.client();
      long commands = cluster.ledger.commands();
      Load.Running load = cluster.load.steady(new Target(gateways, before.path(), client), 400);
      Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> load.with(200) >= 400);
      cluster.saveLimits(gateways, after);
      boolean inTime = load.soFar().passed() < 2_500;
      Awaitility.await().atMost(Duration.ofSeconds(60)).until(() -> load.with(429) >= 200);
      Answers answers = load.stop();
      cluster.awaitSettled(after, client);
      Audit.of(
              "reload 4000 -> 3000 /h under load nodes=2 accuracy=%s layout=%s"
                  .formatted(accuracy, layout),
              cluster,
              inTime ? after : before,
              List.of(client),
              answers,
              commands)
          .nothingBeyondTheLimit()
          .everythingAnswered();
      if (inTime && cluster.upstream.arrivals(client, after.name(), Window.HOUR).size() == 1) {
        assertThat(answers.passed()).as("passed at 3000").isBetween(2_970, 3_000);
      }
    }
  }
}
