package io.apitwo.drill;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.TestCertificate;
import io.apitwo.drill.DrillRules.DrillLimit;
import io.apitwo.drill.Load.Target;
import io.apitwo.limit.Window;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every node is replaced under load, a new one before an old one, and two of four leave at once, as
 * when an HPA scales down. Whoever spreads the requests learns of a node that leaves a while after
 * it has said so, and goes on to use it until then, over connections that were there before.
 */
class RollingRestartDrill {
  private static final boolean FULL = "full".equals(System.getProperty("apitwo.drills"));
  private static final int ROUNDS = FULL ? 5 : 1;
  private static final int PER_SECOND = 300;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final DrillLimit LIMIT =
      DrillLimit.of("default", "exact", Map.of(Window.HOUR, 1_000_000L));

  @TempDir Path folder;
  private Cluster cluster;
  private Load load;

  private GatewayProcess arrive() throws IOException {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    GatewayProcess node = cluster.launch(Map.of("APITWO_PROXY_TLS_PORT", Integer.toString(port)));
    cluster.warm(node);
    return node;
  }

  /** The balancer hears of it only when it has sent as much as in 0.7 s. */
  private static void leave(
      Load.Running running, List<GatewayProcess> leaving, List<GatewayProcess> staying) {
    leaving.forEach(GatewayProcess::terminateLater);
    for (GatewayProcess node : leaving) {
      Awaitility.await(node.name() + " says that it leaves")
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(20))
          .until(() -> node.manage("/health/ready").contains("draining"));
    }
    running.awaitMore(Load.ANY, PER_SECOND * 7 / 10);
    running.route(staying);
    for (GatewayProcess node : leaving) {
      assertThat(node.awaitExit()).isEqualTo(143);
    }
  }

  @ParameterizedTest(name = "HTTP/2: {0}")
  @ValueSource(booleans = {false, true})
  void nobody_notices_that_nodes_are_replaced_or_leave(boolean http2) throws Exception {
    TestCertificate certificate = TestCertificate.in(folder);
    try (Cluster stage =
            new Cluster(Files.createDirectory(folder.resolve("nodes")), "packed", LIMIT);
        Load clients = new Load(http2)) {
      cluster = stage;
      load = clients;
      stage
          .with("APITWO_DRAIN_DELAY", "3s")
          .with("APITWO_PROXY_TLS_CERT", certificate.certificate().toString())
          .with("APITWO_PROXY_TLS_KEY", certificate.key().toString());
      List<GatewayProcess> nodes = new ArrayList<>(List.of(arrive(), arrive(), arrive()));
      String client = stage.client();
      long commands = stage.ledger.commands();
      Load.Running running = load.steady(new Target(nodes, LIMIT.path(), client), PER_SECOND);
      running.awaitMore(200, PER_SECOND);
      for (int i = 0; i < 3 * ROUNDS; i++) {
        GatewayProcess old = nodes.remove(0);
        nodes.add(arrive());
        List<GatewayProcess> all = new ArrayList<>(nodes);
        all.add(old);
        running.route(all);
        running.awaitMore(200, PER_SECOND / 2);
        leave(running, List.of(old), nodes);
      }
      nodes.add(arrive());
      running.route(nodes);
      running.awaitMore(200, PER_SECOND);
      leave(running, List.copyOf(nodes.subList(0, 2)), List.copyOf(nodes.subList(2, 4)));
      running.awaitMore(200, PER_SECOND);
      Answers answers = running.stop();
      stage.awaitSettled(LIMIT, client);
      Audit.of(
              "rolling restart 3 nodes x %d, then 4 -> 2, http/%s"
                  .formatted(ROUNDS, http2 ? "2" : "1.1"),
              stage,
              LIMIT,
              List.of(client),
              answers,
              commands)
          .nothingBeyondTheLimit()
          .everythingAnswered();
      assertThat(answers.passed()).isEqualTo(answers.all().size());
    }
  }
}
