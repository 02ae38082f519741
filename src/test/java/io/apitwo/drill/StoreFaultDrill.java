package io.apitwo.drill;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.FaultProxy;
import io.apitwo.FaultProxy.Fate;
import io.apitwo.drill.DrillRules.DrillLimit;
import io.apitwo.drill.Load.Target;
import io.apitwo.limit.Window;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Redis is gone, silent or cut off in the middle of a call. With {@code onStoreFailure: deny}
 * nothing passes beyond the limit and nothing is counted twice; no request waits for ever; and all
 * heals by itself.
 */
class StoreFaultDrill {
  private static final List<String> LAYOUTS = List.of("packed", "plain");
  private static final List<String> ACCURACIES = List.of("exact", "strict");
  private static final long SEED = 20_250_629;

  /** Leased, if exact, and in demand. */
  private static final List<DrillLimit> HOUR =
      ACCURACIES.stream()
          .map(a -> DrillLimit.of(a + "-hour", a, Map.of(Window.HOUR, 1_000L)))
          .toList();

  /** Nobody comes near it: whatever is counted too much is seen. */
  private static final DrillLimit WIDE =
      DrillLimit.of("wide", "strict", Map.of(Window.HOUR, 10_000_000L));

  private static final DrillLimit DENY = DrillLimit.of("deny", "exact", Map.of(Window.HOUR, 100L));
  private static final DrillLimit ALLOW =
      DrillLimit.of("allow", "exact", Map.of(Window.HOUR, 100L)).onStoreFailure("allow");

  @TempDir Path folder;

  static Stream<Arguments> cuts() {
    return Cases.each(LAYOUTS, List.of("every other reply", "at random"));
  }

  /**
   * A call whose reply is lost may have been counted, once; that its requests were refused does not
   * matter. So for each client: passed ≤ counted ≤ passed + not answered.
   */
  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("cuts")
  void a_call_whose_reply_is_lost_is_never_counted_twice(String layout, String cut)
      throws Exception {
    int calls = !Cases.all() ? 300 : cut.equals("at random") ? 3_000 : 10_000;
    int nodes = Cases.all() ? 4 : 2;
    try (Cluster cluster = new Cluster(folder, layout, WIDE);
        FaultProxy network = new FaultProxy(cluster.redis.port())) {
      List<GatewayProcess> gateways = cluster.throughPort(network.port()).nodes(nodes);
      List<String> clients = IntStream.range(0, 100).mapToObj(i -> cluster.client()).toList();
      long commands = cluster.ledger.commands();
      network.cut(
          cut.equals("every other reply")
              ? FaultProxy.every(2, Fate.LOSE_REPLY)
              : FaultProxy.random(SEED, 3),
          2);
      Load.Running load =
          cluster.load.steady(new Target(gateways, WIDE.path(), clients), 400 * nodes);
      Awaitility.await(calls + " replies lost")
          .atMost(Duration.ofMinutes(Cases.all() ? 20 : 2))
          .pollInterval(Duration.ofMillis(100))
          .until(() -> network.lostReplies() >= calls);
      network.pass();
      load.awaitMore(200, 100);
      Answers answers = load.stop();
      Audit.of(
              "lost replies, %s nodes=%d accuracy=strict layout=%s".formatted(cut, nodes, layout),
              cluster,
              WIDE,
              clients,
              answers,
              commands)
          .nothingBeyondTheLimit();
      long twice = 0;
      for (String client : clients) {
        twice += countedTwice(cluster, WIDE, client, answers.of(client));
      }
      Audit.note(
          "replies lost=%d calls lost=%d connections=%d counted twice=%d"
              .formatted(
                  network.lostReplies(), network.lostRequests(), network.connections(), twice));
      assertThat(twice).as("counted twice").isZero();
    }
  }

  private static long countedTwice(
      Cluster cluster, DrillLimit limit, String client, Answers answers) {
    long counted = 0;
    for (Ledger.Count count : cluster.ledger.counts(limit.name(), client)) {
      counted += count.used();
    }
    return Math.max(0, counted - answers.passed() - answers.unavailable() - answers.failed());
  }

  static Stream<Arguments> shapes() {
    return Cases.each(LAYOUTS, ACCURACIES);
  }

  @ParameterizedTest(name = "{0}, {1}")
  @MethodSource("shapes")
  void calls_cut_off_before_or_after_they_count_admit_nothing_too_much(
      String layout, String accuracy) throws Exception {
    DrillLimit limit = limit(accuracy);
    try (Cluster cluster = new Cluster(folder, layout, limit);
        FaultProxy network = new FaultProxy(cluster.redis.port())) {
      List<GatewayProcess> gateways = cluster.throughPort(network.port()).nodes(2);
      List<String> clients = List.of(cluster.client(), cluster.client());
      long commands = cluster.ledger.commands();
      network.cut(FaultProxy.random(SEED, 8), 0);
      Load.Running load = cluster.load.steady(new Target(gateways, limit.path(), clients), 1_200);
      Awaitility.await("both limits are used up")
          .atMost(Duration.ofSeconds(120))
          .pollInterval(Duration.ofMillis(100))
          .until(() -> load.with(429) >= 200);
      network.pass();
      Answers answers = load.stop();
      Audit audit =
          Audit.of(
                  "cuts nodes=2 clients=2 limit=%d/h accuracy=%s layout=%s"
                      .formatted(limit.quota(), accuracy, layout),
                  cluster,
                  limit,
                  clients,
                  answers,
                  commands)
              .nothingBeyondTheLimit();
      Audit.note(
          "replies lost=%d calls lost=%d written off=%d"
              .formatted(
                  network.lostReplies(),
                  network.lostRequests(),
                  audit.counted() - audit.arrived()));
    }
  }

  private static DrillLimit limit(String accuracy) {
    return HOUR.get(ACCURACIES.indexOf(accuracy));
  }

  /** In which Redis gives no answer at all. */
  private static final List<Trouble> OUTAGES =
      List.of(Trouble.STOPPED, Trouble.SILENT, Trouble.REFUSING);

  static Stream<Arguments> outages() {
    return Cases.each(OUTAGES, LAYOUTS, ACCURACIES);
  }

  @ParameterizedTest(name = "{0}, {1}, {2}")
  @MethodSource("outages")
  void an_outage_hangs_no_request_and_heals(Trouble outage, String layout, String accuracy)
      throws Exception {
    DrillLimit limit = limit(accuracy);
    try (Cluster cluster = new Cluster(folder, layout, WIDE, limit);
        FaultProxy network = new FaultProxy(cluster.redis.port())) {
      List<GatewayProcess> gateways =
          cluster.with("APITWO_STORE_TIMEOUT", "500ms").throughPort(network.port()).nodes(2);
      String client = cluster.client();
      long commands = cluster.ledger.commands();
      Load.Running wide =
          cluster.load.steady(new Target(gateways, WIDE.path(), cluster.client()), 200);
      Load.Running load = cluster.load.steady(new Target(gateways, limit.path(), client), 300);
      load.awaitMore(200, 100);
      outage.begin(cluster, network);
      try {
        wide.awaitMore(503, 400); // so nobody waits for Redis to come back
      } finally {
        outage.end(cluster, network);
      }
      wide.awaitMore(200, 200);
      load.awaitMore(429, 100);
      wide.stop();
      Answers answers = load.stop();
      Audit audit =
          Audit.of(
                  "outage %s nodes=2 limit=%d/h accuracy=%s layout=%s"
                      .formatted(outage, limit.quota(), accuracy, layout),
                  cluster,
                  limit,
                  List.of(client),
                  answers,
                  commands)
              .nothingBeyondTheLimit();
      assertThat(answers.failed()).as("requests without an answer").isZero();
      Audit.note("written off=" + (audit.counted() - audit.arrived()));
    }
  }

  @Test
  void gateways_start_without_redis_and_count_exactly_as_soon_as_it_is_there() throws Exception {
    try (Cluster cluster = new Cluster(folder, "packed", DENY, ALLOW)) {
      cluster.redis.stop();
      List<GatewayProcess> gateways = List.of(cluster.launch(Map.of()), cluster.launch(Map.of()));
      for (GatewayProcess gateway : gateways) {
        gateway.awaitReady();
        HttpResponse<String> denied = get(gateway, DENY, "early");
        assertThat(denied.statusCode()).isEqualTo(503);
        assertThat(denied.headers().firstValueAsLong("Retry-After")).isPresent();
        assertThat(get(gateway, ALLOW, "early").statusCode()).isEqualTo(200);
      }
      cluster.redis.restart();
      gateways.forEach(cluster::warm);
      for (DrillLimit limit : List.of(DENY, ALLOW)) {
        String client = cluster.client();
        long commands = cluster.ledger.commands();
        Answers answers = cluster.load.burst(new Target(gateways, limit.path(), client), 500);
        cluster.awaitSettled(limit, client);
        Audit.of(
                "late Redis nodes=2 limit=100/h onStoreFailure=" + limit.onStoreFailure(),
                cluster,
                limit,
                List.of(client),
                answers,
                commands)
            .nothingBeyondTheLimit()
            .everythingAnswered()
            .fullUse();
      }
    }
  }

  private static HttpResponse<String> get(GatewayProcess gateway, DrillLimit limit, String client)
      throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + gateway.port() + limit.path()))
            .header(CountingUpstream.CLIENT, client)
            .header(CountingUpstream.SENT, Long.toString(System.currentTimeMillis()))
            .timeout(Duration.ofSeconds(20))
            .build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
  }
}
