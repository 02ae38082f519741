package io.apitwo.drill;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.FaultProxy;
import io.apitwo.RedisServer;
import io.apitwo.drill.DrillRules.DrillLimit;
import io.apitwo.drill.Load.Target;
import io.apitwo.limit.Window;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three gateways that live through one fault after another, drawn from a seed, for as long as is
 * said ({@code -Ddrills.soak=PT60M}). Nobody gets an error of the limiter's making, and memory,
 * buffers, files and threads stay what they were.
 */
class SoakDrill {
  private static final Duration TIME = Duration.parse(System.getProperty("drills.soak", "PT1M"));
  private static final long SEED = Long.getLong("drills.seed", 1);
  private static final boolean LONG = TIME.compareTo(Duration.ofMinutes(10)) >= 0;
  private static final Duration SAMPLE = LONG ? Duration.ofMinutes(1) : TIME.dividedBy(8);
  private static final int NODES = 3;
  private static final int CLIENTS = 100;
  private static final int PER_SECOND = 150; // of each load
  private static final long MIB = 1_024;

  /** Lines that one gateway may write for one fault. */
  private static final int LINES_A_FAULT = 30;

  private static final DrillLimit TIGHT = local("tight", 200);
  private static final DrillLimit ROOMY = local("roomy", 10_000_000);
  private static final DrillLimit AT_ONCE =
      DrillLimit.concurrency("at-once", 20).onStoreFailure("local");

  @TempDir Path folder;

  private final Random random = new Random(SEED);
  private final Map<GatewayProcess, List<Vitals>> vitals = new LinkedHashMap<>();
  private final NavigableMap<Long, Scourge> strikes = new TreeMap<>();
  private final List<Absence> absences = new ArrayList<>();
  private final List<GatewayProcess> gateways = new ArrayList<>();
  private Load.@Nullable Running steady;
  private int faults;
  private int kills;

  /** When a gateway was not there to answer. */
  private record Absence(int port, long fromMillis, long untilMillis) {}

  private static DrillLimit local(String name, long quota) {
    return DrillLimit.of(name, "exact", Map.of(Window.DAY, quota)).onStoreFailure("local");
  }

  @Test
  void nothing_leaks_and_nobody_gets_an_error_whatever_goes_wrong() throws Exception {
    try (RedisServer redis = RedisServer.start("--appendonly", "yes", "--appendfsync", "no");
        FaultProxy network = new FaultProxy(redis.port());
        Cluster cluster = Cluster.on(folder, () -> List.of(redis), TIGHT, ROOMY, AT_ONCE)) {
      cluster
          .withLogin()
          .with("JDK_JAVA_OPTIONS", Vitals.FLAGS + " -Dio.netty.leakDetection.level=paranoid")
          .with("APITWO_STORE_TIMEOUT", "50ms")
          .with("APITWO_STORE_EXPECTED_NODES", Integer.toString(NODES))
          .throughPort(network.port());
      gateways.addAll(cluster.nodes(NODES));
      gateways.forEach(node -> vitals.put(node, new ArrayList<>()));
      List<String> clients = clients(cluster);
      Load.Running tight = load(cluster, TIGHT, clients, "");
      Load.Running roomy = load(cluster, ROOMY, clients(cluster), "");
      steady = roomy;
      Load.Running atOnce = load(cluster, AT_ONCE, clients(cluster), "?hold=40");
      goThroughFaults(cluster, network);
      List<Answers> answers = List.of(tight.stop(), roomy.stop(), atOnce.stop());
      report(answers);
      answers.forEach(this::assertAnswers);
      assertFlat();
      assertQuiet();
      assertThat(cluster.ledger.immortal()).as("keys without an expiry").isEmpty();
      for (String client : clients) {
        long passed =
            cluster.upstream.arrivals(client, TIGHT.name(), Window.DAY).values().stream()
                .mapToLong(Integer::longValue)
                .sum();
        assertThat(passed)
            .as("passes of %s: its quota, and a share for each life of a node", client)
            .isLessThanOrEqualTo(TIGHT.quota() + (NODES + kills) * TIGHT.quota() / NODES);
      }
    }
  }

  private static List<String> clients(Cluster cluster) {
    return IntStream.range(0, CLIENTS).mapToObj(i -> cluster.client()).toList();
  }

  private Load.Running load(Cluster cluster, DrillLimit limit, List<String> clients, String query) {
    return cluster.load.steady(new Target(gateways, limit.path() + query, clients), PER_SECOND);
  }

  private void goThroughFaults(Cluster cluster, FaultProxy network) throws Exception {
    long end = System.nanoTime() + TIME.toNanos();
    long sampleNanos = System.nanoTime() + SAMPLE.toNanos() / 2;
    while (System.nanoTime() - end < 0) {
      Scourge scourge = Scourge.values()[random.nextInt(Scourge.values().length)];
      Duration lasts = Duration.ofMillis(300 + random.nextInt(2_000));
      faults++;
      strikes.put(System.currentTimeMillis(), scourge);
      scourge.strike(this, cluster, network, lasts);
      calm(cluster);
      if (System.nanoTime() - sampleNanos > 0) {
        sampleNanos += SAMPLE.toNanos();
        for (GatewayProcess gateway : gateways) {
          vitals.get(gateway).add(Vitals.of(gateway));
        }
      }
    }
  }

  /** Until every gateway counts with Redis again. */
  private void calm(Cluster cluster) {
    Awaitility.await("nobody is degraded")
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(50))
        .until(() -> gateways.stream().noneMatch(GatewayProcess::isDegraded));
    cluster.load.burst(new Target(gateways, ROOMY.path(), "calm"), NODES);
  }

  /** What may happen. */
  private enum Scourge {
    STOPPED(Trouble.STOPPED),
    SILENT(Trouble.SILENT),
    REFUSING(Trouble.REFUSING),
    SLOW(Trouble.SLOW),
    FULL(Trouble.FULL),
    REPLICA(Trouble.REPLICA),
    LOCKED_OUT(Trouble.LOCKED_OUT),
    REDIS_DIES {
      @Override
      void strike(SoakDrill drill, Cluster cluster, FaultProxy network, Duration lasts)
          throws Exception {
        cluster.redis.kill();
        drill.run(lasts);
        cluster.redis.restart();
        cluster.setPassword(Cluster.PASSWORD); // users are not kept
      }
    },
    SCRIPTS_VANISH {
      @Override
      void strike(SoakDrill drill, Cluster cluster, FaultProxy network, Duration lasts) {
        cluster.redis.command("SCRIPT", "FLUSH");
      }
    },
    GATEWAY_DIES {
      @Override
      void strike(SoakDrill drill, Cluster cluster, FaultProxy network, Duration lasts)
          throws Exception {
        drill.replace(cluster, lasts);
      }
    },
    GATEWAY_STANDS_STILL {
      @Override
      void strike(SoakDrill drill, Cluster cluster, FaultProxy network, Duration lasts)
          throws Exception {
        GatewayProcess one = drill.one();
        one.pause();
        drill.run(lasts);
        one.resume();
      }
    },
    RULES_CHANGE {
      @Override
      void strike(SoakDrill drill, Cluster cluster, FaultProxy network, Duration lasts)
          throws Exception {
        cluster.saveLimits(drill.gateways, Cluster.WARM, TIGHT, local("roomy", 9_000_000), AT_ONCE);
        drill.run(lasts);
        cluster.saveLimits(drill.gateways, Cluster.WARM, TIGHT, ROOMY, AT_ONCE);
      }
    },
    UPSTREAM_IS_SLOW {
      @Override
      void strike(SoakDrill drill, Cluster cluster, FaultProxy network, Duration lasts)
          throws Exception {
        cluster.upstream.delay(200);
        drill.run(lasts);
        cluster.upstream.delay(0);
      }
    },
    CLIENTS_LEAVE {
      @Override
      void strike(SoakDrill drill, Cluster cluster, FaultProxy network, Duration lasts)
          throws Exception {
        for (int i = 0; i < 50; i++) {
          drill.abort(i % 2 == 0 ? "GET" : "POST", AT_ONCE.path() + "?hold=300");
        }
      }
    };

    private final Trouble trouble;

    Scourge() {
      this(null);
    }

    Scourge(Trouble trouble) {
      this.trouble = trouble;
    }

    void strike(SoakDrill drill, Cluster cluster, FaultProxy network, Duration lasts)
        throws Exception {
      trouble.begin(cluster, network);
      try {
        drill.run(lasts);
      } finally {
        trouble.end(cluster, network);
      }
    }
  }

  /** Lets the loads run for so long. */
  private void run(Duration time) {
    steady.awaitMore(Load.ANY, (int) (PER_SECOND * time.toMillis() / 1_000));
  }

  private GatewayProcess one() {
    return gateways.get(random.nextInt(NODES));
  }

  /** Kills one gateway, always the same, so that the others grow old; it comes back on its port. */
  private void replace(Cluster cluster, Duration lasts) throws Exception {
    GatewayProcess victim = gateways.get(0);
    final long from = System.currentTimeMillis();
    victim.kill();
    kills++;
    run(lasts);
    GatewayProcess next = cluster.relaunch(victim);
    gateways.set(gateways.indexOf(victim), next);
    vitals.put(next, new ArrayList<>());
    absences.add(new Absence(victim.port(), from, System.currentTimeMillis()));
  }

  /** Asks and resets the connection, with half of a body under way. */
  private void abort(String method, String path) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", one().port())) {
      socket.setSoLinger(true, 0);
      OutputStream out = socket.getOutputStream();
      String length = method.equals("POST") ? "Content-Length: 400000\r\n" : "";
      String head = "%s %s HTTP/1.1\r\nHost: h\r\nx-client: leaver\r\n%s\r\n";
      out.write(head.formatted(method, path, length).getBytes(StandardCharsets.US_ASCII));
      if (method.equals("POST")) {
        out.write(new byte[100_000]);
      }
      out.flush();
    }
  }

  private void report(List<Answers> answers) throws IOException {
    Audit.note(
        "soak %s, seed %d: %d faults, %d gateways killed, %d answers"
            .formatted(
                TIME, SEED, faults, kills, answers.stream().mapToInt(a -> a.all().size()).sum()));
    for (Answers each : answers) {
      for (Answers.Answer answer : each.all()) {
        boolean usual = answer.status() == 200 || answer.status() == 429;
        if (!usual && absences.stream().noneMatch(absence -> isOf(answer, absence))) {
          Audit.note(
              "  unusual %s, after %s".formatted(answer, strikes.floorEntry(answer.doneMillis())));
        }
      }
    }
    for (Map.Entry<GatewayProcess, List<Vitals>> samples : vitals.entrySet()) {
      for (Vitals sample : samples.getValue()) {
        Audit.note("  " + samples.getKey().name() + " " + sample.line());
      }
    }
  }

  private void assertAnswers(Answers answers) {
    assertThat(answers.unavailable() + answers.odd()).as("answers but 200 and 429").isZero();
    long failed =
        answers.all().stream()
            .filter(answer -> answer.status() == Answers.FAILED)
            .filter(answer -> absences.stream().noneMatch(absence -> isOf(answer, absence)))
            .count();
    assertThat(failed)
        .as("requests without an answer: kept connections may end just as they are used")
        .isLessThanOrEqualTo(2 + answers.all().size() / 100_000);
  }

  private static boolean isOf(Answers.Answer answer, Absence absence) {
    return answer.node() == absence.port()
        && answer.doneMillis() >= absence.fromMillis()
        && answer.sentMillis() <= absence.untilMillis();
  }

  /** From the second look on: the first may come before all code has been used. */
  private void assertFlat() {
    vitals.forEach(
        (gateway, samples) -> {
          if (samples.size() >= 4) {
            Vitals first = samples.get(1);
            Vitals last = samples.get(samples.size() - 1);
            List<Vitals> sooner = samples.subList(0, samples.size() / 2);
            List<Vitals> later = samples.subList(samples.size() / 2, samples.size());
            assertThat(least(later, Vitals::heapKib) - least(sooner, Vitals::heapKib))
                .as("heap, KiB")
                .isLessThan((LONG ? 8 : 64) * MIB);
            assertThat(last.directKib() - first.directKib()).as("direct, KiB").isLessThan(8 * MIB);
            assertThat(least(later, Vitals::files) - least(sooner, Vitals::files))
                .as("files")
                .isLessThan(LONG ? 20 : 150);
            assertThat(last.threads() - first.threads()).as("threads").isLessThan(8);
          }
        });
  }

  /**
   * Requests go on while it is measured, and connections with them, so that the least tells most.
   */
  private static long least(List<Vitals> samples, ToLongFunction<Vitals> of) {
    return samples.stream().mapToLong(of).min().orElse(0);
  }

  private void assertQuiet() {
    for (GatewayProcess gateway : vitals.keySet()) {
      String log = gateway.log();
      assertThat(log).doesNotContain("LEAK:", " ERROR ", "Unhandled", "Exception");
      assertThat(log.lines().count()).as("log lines").isLessThan(50L + LINES_A_FAULT * faults);
    }
  }
}
