package io.apitwo.drill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.apitwo.config.Entry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The network between two halves of a cluster is cut, and both are pushed to. */
class SplitDrill {
  private static final int NODES = 4;

  @TempDir Path folder;

  private static String rules(String word) {
    return "# "
        + word
        + """

        upstreams: { echo: { builtin: echo } }
        routes: [{ id: all, upstream: echo, limits: [default] }]
        limits: { default: { by: [address], windows: { hour: 100 } } }
        """;
  }

  private static boolean isLeft(int number) {
    return number < NODES / 2;
  }

  private static Map<String, String> variables(Gathering gathering, int number) {
    String host = Networks.address(isLeft(number));
    StringBuilder members = new StringBuilder();
    for (int i = 0; i < NODES; i++) {
      members.append(i == 0 ? "" : ",");
      members.append(Networks.address(isLeft(i))).append(':').append(gathering.port(i));
    }
    Map<String, String> variables = new HashMap<>();
    variables.put("APITWO_CLUSTER_HOST", host);
    variables.put("APITWO_CLUSTER_MEMBERS", members.toString());
    return variables;
  }

  private static void await(String what, List<GatewayProcess> nodes, Predicate<GatewayProcess> is) {
    Awaitility.await(what)
        .atMost(Duration.ofSeconds(90))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> nodes.stream().allMatch(is));
  }

  private static void awaitText(List<GatewayProcess> nodes, String text) {
    await("the rules are in force", nodes, n -> Gathering.applied(n).endsWith(Entry.sha256(text)));
  }

  @Test
  void both_halves_agree_on_one_revision_when_they_meet_again() throws Exception {
    assumeThat(Networks.arePossible()).as("the right to make network namespaces").isTrue();
    try (Networks networks = Networks.make();
        Gathering all = new Gathering(folder, null, NODES, rules("first"))) {
      for (int i = 0; i < NODES; i++) {
        all.launch(i, variables(all, i), Networks.inside(isLeft(i)));
      }
      List<GatewayProcess> nodes = all.nodes();
      nodes.forEach(GatewayProcess::awaitReady);
      nodes.get(0).saveRules(rules("together"));
      awaitText(nodes, rules("together"));
      List<GatewayProcess> left = nodes.subList(0, NODES / 2);
      List<GatewayProcess> right = nodes.subList(NODES / 2, NODES);

      networks.pullTheCable();
      await("the halves are apart", nodes, node -> node.log().contains("left address"));
      left.get(0).saveRules(rules("left 1"));
      awaitText(left, rules("left 1"));
      right.get(0).saveRules(rules("right 1"));
      awaitText(right, rules("right 1"));
      right.get(1).saveRules(rules("right 2"));
      awaitText(right, rules("right 2"));

      long healed = System.nanoTime();
      networks.plugItIn();
      String one = all.awaitOne();
      long millis = (System.nanoTime() - healed) / 1_000_000;
      Audit.note(
          "cluster split of 2 and 2, both pushed  healed: all nodes one after %d ms"
              .formatted(millis));
      assertThat(one).endsWith(Entry.sha256(rules("right 2")));
      left.get(1).saveRules(rules("afterwards"));
      awaitText(nodes, rules("afterwards"));
    }
  }
}
