package io.apitwo.drill;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.drill.DrillRules.DrillLimit;
import io.apitwo.drill.Load.Target;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A node that holds all permits of a client dies, or stands still for longer than the others wait
 * for it. What the upstream has in hand never exceeds the limit, save by what the node holds that
 * was taken for dead; and the permits come back by themselves.
 */
class ConcurrencyDrill {
  private static final int MAX = 8;
  private static final DrillLimit LIMIT = DrillLimit.concurrency("at-once", MAX);

  /** A node that is silent for five seconds is taken for dead; with some room for the machine. */
  private static final long MOST_MILLIS = 10_000;

  private static final String HELD = "?" + CountingUpstream.HOLD + "=";

  @TempDir Path folder;

  @Test
  void permits_of_a_killed_node_come_back_and_are_never_used_twice() throws Exception {
    try (Cluster cluster = new Cluster(folder, "packed", LIMIT)) {
      List<GatewayProcess> gateways = cluster.nodes(2);
      GatewayProcess victim = gateways.get(1);
      String client = cluster.client();
      Load.Running held = hold(cluster, victim, client, 60_000);
      Load.Running load = demand(cluster, gateways.get(0), client);
      load.awaitMore(429, 100);
      assertThat(load.with(200)).as("passed while all permits are in use").isZero();
      victim.kill();
      final long killed = System.currentTimeMillis();
      load.awaitMore(200, 1);
      final long first = System.currentTimeMillis() - killed;
      await("all permits are in use again", () -> cluster.upstream.inFlight(client) == MAX);
      final long all = System.currentTimeMillis() - killed;
      load.awaitMore(200, 10 * MAX);
      held.stop();
      Answers answers = load.stop();
      int most = cluster.upstream.mostInFlight(client);
      Audit.note(
          "kill -9 with %d of %d permits: the first is back after %d ms, all after %d ms, most=%d"
              .formatted(MAX, MAX, first, all, most));
      assertThat(most).as("in flight at the upstream").isEqualTo(MAX);
      assertThat(all).as("milliseconds until all permits are back").isLessThan(MOST_MILLIS);
      assertThat(answers.odd() + answers.failed()).as("odd answers").isZero();
      assertThat(cluster.ledger.immortal()).as("keys without an expiry").isEmpty();
    }
  }

  @Test
  void a_node_that_stood_still_for_too_long_costs_its_permits_once() throws Exception {
    try (Cluster cluster = new Cluster(folder, "packed", LIMIT)) {
      List<GatewayProcess> gateways = cluster.nodes(2);
      GatewayProcess still = gateways.get(1);
      String client = cluster.client();
      Load.Running held = hold(cluster, still, client, 12_000);
      Load.Running load = demand(cluster, gateways.get(0), client);
      load.awaitMore(429, 100);
      still.pause();
      try {
        load.awaitMore(200, 10 * MAX); // others have its permits
      } finally {
        still.resume();
      }
      held.stop(); // its own requests end, and may not give anybody else's permits back
      int most = cluster.upstream.mostInFlight(client);
      load.awaitMore(200, 20 * MAX);
      int afterwards = cluster.upstream.mostInFlight(client);
      Answers answers = load.stop();
      Audit.note(
          "SIGSTOP with %d of %d permits: most=%d, afterwards=%d"
              .formatted(MAX, MAX, most, afterwards));
      assertThat(most).as("in flight at the upstream").isBetween(MAX + 1, 2 * MAX);
      assertThat(afterwards).as("in flight afterwards").isEqualTo(MAX);
      assertThat(answers.odd() + answers.failed()).as("odd answers").isZero();
    }
  }

  /** Uses all permits, through one node. */
  private static Load.Running hold(
      Cluster cluster, GatewayProcess node, String client, int millis) {
    Load.Running held =
        cluster.load.several(new Target(List.of(node), LIMIT.path() + HELD + millis, client), MAX);
    await("all permits are in use", () -> cluster.upstream.inFlight(client) == MAX);
    return held;
  }

  /** More than there are permits for. */
  private static Load.Running demand(Cluster cluster, GatewayProcess node, String client) {
    return cluster.load.steady(new Target(List.of(node), LIMIT.path() + HELD + 100, client), 300);
  }

  private static void await(String what, BooleanSupplier condition) {
    Awaitility.await(what)
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(5))
        .until(condition::getAsBoolean);
  }
}
