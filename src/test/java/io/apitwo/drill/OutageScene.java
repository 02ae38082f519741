package io.apitwo.drill;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.drill.DrillRules.DrillLimit;
import io.apitwo.drill.Load.Target;
import io.apitwo.limit.Window;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;

/**
 * Two gateways on one Redis and two steady loads: clients that use up their quotas, and clients
 * that never do, whose quota is leased. Requests are sent when they are due, whatever becomes of
 * others.
 */
final class OutageScene {
  static final DrillLimit TIGHT = limit("tight", 40);
  static final DrillLimit ROOMY = limit("roomy", 10_000_000);
  private static final long SLICE_MILLIS = 10_000;
  private static final int PER_SECOND = 1_000; // of each load
  private static final int CLIENTS = 200; // of each load
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  final Cluster cluster;
  final List<GatewayProcess> gateways;
  final Load.Running tight;
  final Load.Running roomy;
  private final List<String> clients;
  private final long commandsBefore;

  private static DrillLimit limit(String name, long quota) {
    return DrillLimit.of(name, "exact", Map.of(Window.DAY, quota)).onStoreFailure("local");
  }

  /** Starts gateways and loads. */
  OutageScene(Cluster cluster) throws IOException {
    this.cluster = cluster;
    this.gateways =
        cluster
            .with("JDK_JAVA_OPTIONS", Vitals.FLAGS)
            .with("APITWO_STORE_TIMEOUT", "50ms")
            .with("APITWO_STORE_EXPECTED_NODES", "2")
            .nodes(2);
    this.clients = IntStream.range(0, CLIENTS).mapToObj(i -> cluster.client()).toList();
    this.commandsBefore = cluster.ledger.commands();
    this.tight = cluster.load.open(new Target(gateways, TIGHT.path(), clients), PER_SECOND);
    this.roomy =
        cluster.load.open(
            new Target(
                gateways,
                ROOMY.path(),
                IntStream.range(0, CLIENTS).mapToObj(i -> cluster.client()).toList()),
            PER_SECOND);
  }

  /** Lets the loads run for so long. */
  void run(Duration time) {
    for (long rest = time.toMillis(); rest > 0; rest -= SLICE_MILLIS) { // each has patience anew
      tight.awaitMore(Load.ANY, (int) (PER_SECOND * Math.min(rest, SLICE_MILLIS) / 1_000));
    }
  }

  /** Until a condition holds for every gateway. @return when that was, in epoch milliseconds */
  long await(String what, Predicate<GatewayProcess> condition) {
    Awaitility.await(what)
        .atMost(PATIENCE)
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> gateways.stream().allMatch(condition));
    return System.currentTimeMillis();
  }

  /** Until all that passed without Redis is charged. */
  void awaitCharged() {
    await("nothing waits to be charged", node -> node.metric("apitwo_remembered_quota") == 0);
  }

  Answers between(long fromMillis, long untilMillis) {
    return tight
        .soFar()
        .plus(roomy.soFar())
        .that(a -> a.sentMillis() >= fromMillis && a.sentMillis() < untilMillis);
  }

  /** How many lines with these words a gateway has written. */
  static long lines(GatewayProcess gateway, String words) {
    return gateway.log().lines().filter(line -> line.contains(words)).count();
  }

  /**
   * Ends the loads and checks what holds after any outage.
   *
   * @param inDoubt how many requests may have been under way when connections broke, so that nobody
   *     knows whether Redis counted them
   */
  Audit end(String name, long inDoubt) throws IOException {
    Answers roomyAnswers = roomy.stop();
    Answers answers = tight.stop();
    awaitCharged();
    Audit audit = Audit.of(name, cluster, TIGHT, clients, answers, commandsBefore);
    assertThat(roomyAnswers.passed())
        .as("passed of the roomy")
        .isEqualTo(roomyAnswers.all().size());
    assertThat(audit.faults()).as("decisions of windows that were over").isEmpty();
    assertThat(audit.unmarked()).as("passed without being counted").isZero();
    assertThat(audit.immortal()).as("keys without an expiry").isEmpty();
    assertThat(answers.odd() + answers.unavailable()).as("answers but 200 and 429").isZero();
    audit.everythingAnswered();
    for (String client : clients) {
      assertThat(passedInOneDay(client))
          .as("passes of %s: its quota, and the shares of both nodes", client)
          .isLessThanOrEqualTo(2 * TIGHT.quota());
    }
    assertThat(audit.counted() - audit.arrived())
        .as("counted beyond what arrived")
        .isBetween(-inDoubt, inDoubt);
    return audit;
  }

  private long passedInOneDay(String client) {
    return cluster.upstream.arrivals(client, TIGHT.name(), Window.DAY).values().stream()
        .mapToLong(Integer::longValue)
        .max()
        .orElse(0);
  }
}
