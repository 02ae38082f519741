package io.apitwo.drill;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.RedisClusterServers;
import io.apitwo.drill.DrillRules.DrillLimit;
import io.apitwo.drill.Load.Target;
import io.apitwo.limit.Window;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Slots of a Redis Cluster go from master to master while their counters are in use, and every
 * request is decided as if nothing moved.
 */
class ReshardDrill {
  private static final Duration MOST = Duration.ofSeconds(30);

  /** What a server answers about a slot that it does not have, or not all of. */
  private static final List<String> REDIRECTIONS = List.of("MOVED", "ASK", "TRYAGAIN");

  /** The second key of a client, in the same slot. */
  private static final DrillLimit DAY =
      DrillLimit.of("daily", "exact", Map.of(Window.DAY, 1_000_000L));

  private static final DrillLimit EXACT = second("exact").beside(DAY);
  private static final DrillLimit STRICT = second("strict");

  /** Large enough to be leased. */
  private static final DrillLimit LEASED =
      DrillLimit.of("leased", "exact", Map.of(Window.HOUR, 600L));

  @TempDir Path folder;

  private static DrillLimit second(String accuracy) {
    return DrillLimit.of(
        accuracy + "-second", accuracy, Map.of(Window.SECOND, 20L, Window.HOUR, 99_999L));
  }

  @Test
  void slots_that_are_moved_under_load_cost_no_request_and_admit_none_too_much() throws Exception {
    try (RedisClusterServers servers = RedisClusterServers.start();
        Cluster cluster = Cluster.on(folder, servers::masters, EXACT, DAY, STRICT, LEASED)) {
      cluster.with("APITWO_STORE_REDIS_MODE", "cluster");
      cluster.with("APITWO_STORE_REDIS_ENDPOINTS", "127.0.0.1:" + servers.ports().get(0));
      List<GatewayProcess> gateways = cluster.nodes(2);
      long commands = cluster.ledger.commands();
      List<Traffic> traffic =
          List.of(
              Traffic.start(cluster, gateways, EXACT, 240),
              Traffic.start(cluster, gateways, STRICT, 160),
              Traffic.start(cluster, gateways, LEASED, 300));
      Mover mover = new Mover(servers, cluster, new Target(gateways, EXACT.path(), List.of()));
      int rounds = Cases.all() ? 12 : 5;
      long start = System.nanoTime();
      while (mover.rounds < rounds || traffic.get(2).load.with(429) < 200) {
        mover.move(traffic.get(0).load);
        if (System.nanoTime() - start > MOST.toNanos()) {
          break;
        }
      }
      for (Traffic each : traffic) {
        audit(cluster, each.limit, each.clients, each.load.stop(), commands);
      }
      audit(cluster, EXACT, mover.newcomers, mover.answers, commands);
      Audit.note(
          "slots moved=%d in rounds=%d, %s".formatted(mover.slots, mover.rounds, mover.met()));
      assertThat(traffic.get(2).load.with(429)).as("refused beyond a lease").isPositive();
      assertThat(mover.met()).as("answers of Redis").doesNotContainValue(0L);
    }
  }

  private static void audit(
      Cluster cluster, DrillLimit limit, List<String> clients, Answers answers, long commands)
      throws Exception {
    for (DrillLimit each : limit == EXACT ? List.of(EXACT, DAY) : List.of(limit)) {
      Audit.of(
              "reshard nodes=2 masters=3 clients=%d limit=%d/%s of %s"
                  .formatted(clients.size(), each.quota(), each.shortest(), each.name()),
              cluster,
              each,
              clients,
              answers,
              commands)
          .nothingBeyondTheLimit()
          .everythingAnswered();
    }
  }

  /** A steady load of some clients under one limit. */
  private record Traffic(DrillLimit limit, List<String> clients, Load.Running load) {
    static Traffic start(
        Cluster cluster, List<GatewayProcess> gateways, DrillLimit limit, int perSecond) {
      List<String> clients = ReshardDrill.clients(cluster, 4);
      Target target = new Target(gateways, limit.path(), clients);
      return new Traffic(limit, clients, cluster.load.steady(target, perSecond));
    }
  }

  private static List<String> clients(Cluster cluster, int count) {
    return IntStream.range(0, count).mapToObj(i -> cluster.client()).toList();
  }

  /** Moves half of the slots of one master that hold our keys to the next, again and again. */
  private static final class Mover {
    private static final int SHARDS = 64; // in the names of counters
    private static final int NEWCOMERS = 12; // clients in each round that nobody has counted yet
    private static final int MEANWHILE = 30; // answers between two steps of a move

    private final RedisClusterServers servers;
    private final Cluster cluster;
    private final Target target;
    private final List<Integer> all;
    private final Map<String, Long> before;
    private final List<String> newcomers = new ArrayList<>();
    private Answers answers = new Answers(List.of());
    private int rounds;
    private int slots;

    Mover(RedisClusterServers servers, Cluster cluster, Target target) {
      this.servers = servers;
      this.cluster = cluster;
      this.target = target;
      this.all =
          Stream.concat(
                  IntStream.range(0, SHARDS).mapToObj("{s%02d}"::formatted),
                  Stream.of("apitwo:nodes"))
              .map(servers::slot)
              .toList();
      this.before = errors();
    }

    private Map<String, Long> errors() {
      return REDIRECTIONS.stream().collect(Collectors.toMap(word -> word, servers::errors));
    }

    /** How often Redis has sent a call elsewhere since the start. */
    Map<String, Long> met() {
      Map<String, Long> met = errors();
      met.replaceAll((word, count) -> count - before.get(word));
      return met;
    }

    /** Key by key, with some traffic at each step. */
    void move(Load.Running load) {
      int from = rounds++ % 3;
      int to = rounds % 3;
      List<Integer> owned = all.stream().filter(slot -> servers.owner(slot) == from).toList();
      List<Integer> moving = owned.subList(0, (owned.size() + 1) / 2);
      moving.forEach(slot -> servers.beginMove(slot, from, to));
      newcomers();
      for (int left = 1; left > 0; awaitMore(load)) {
        left = moving.stream().mapToInt(slot -> servers.moveKeys(slot, from, to, 1)).sum();
      }
      moving.forEach(slot -> servers.endMove(slot, from, to));
      slots += moving.size();
      awaitMore(load);
      servers.awaitOneView();
    }

    private void newcomers() {
      List<String> clients = clients(cluster, NEWCOMERS);
      newcomers.addAll(clients);
      Target theirs = new Target(target.nodes(), target.path(), clients);
      answers = answers.plus(cluster.load.burst(theirs, 4 * NEWCOMERS));
    }

    private static void awaitMore(Load.Running load) {
      int before = load.with(200) + load.with(429);
      Awaitility.await("more answers")
          .atMost(Duration.ofSeconds(30))
          .pollInterval(Duration.ofMillis(5))
          .until(() -> load.with(200) + load.with(429) >= before + MEANWHILE);
    }
  }
}
