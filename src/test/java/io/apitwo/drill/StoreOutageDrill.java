package io.apitwo.drill;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.RedisServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Redis stands still for long, or dies again and again, under a load that does not wait. Nobody
 * gets an error, everybody's share is kept, and soon after Redis answers again limits are kept
 * exactly. Writes how long answers took, before, meanwhile and afterwards.
 */
class StoreOutageDrill {
  private static final Path BUCKETS = Path.of("target", "drill-latencies.csv");
  private static final long MIB = 1_024;

  /** Limits are kept exactly within a second; on a machine that others use too, three. */
  private static final long EXACT_MILLIS = Cases.all() ? 1_000 : 3_000;

  private static final int STOPPED_SECONDS = Integer.getInteger("drills.stopped", full(6, 60));
  private static final int KILLS = Integer.getInteger("drills.kills", full(2, 20));
  private static final Duration STEADY = Duration.ofSeconds(full(4, 15));

  @TempDir Path folder;

  private static int full(int bounded, int full) {
    return Cases.all() ? full : bounded;
  }

  private Cluster cluster(RedisServer redis) throws Exception {
    return Cluster.on(
            folder, () -> List.of(redis), OutageScene.TIGHT, OutageScene.ROOMY, Recovery.PROBE)
        .throughPort(redis.port());
  }

  @Test
  void a_redis_that_stands_still_costs_no_request_and_no_memory() throws Exception {
    try (RedisServer redis = RedisServer.start();
        Cluster cluster = cluster(redis)) {
      OutageScene scene = new OutageScene(cluster);
      scene.run(STEADY); // the first requests of a JVM are slow
      List<Vitals> before = vitals(scene);
      long begin = System.currentTimeMillis();
      scene.run(STEADY);
      redis.pause();
      final long stopped = System.currentTimeMillis();
      final List<Vitals> meanwhile;
      try {
        scene.await("all say that they are degraded", GatewayProcess::isDegraded);
        scene.await("store_up is 0", node -> node.metric("apitwo_store_up") == 0);
        scene.run(Duration.ofSeconds(STOPPED_SECONDS));
        meanwhile = vitals(scene);
      } finally {
        redis.resume();
      }
      final long resumed = System.currentTimeMillis();
      redis.command("PING");
      long exact = Recovery.exactAfterMillis(cluster, scene.gateways, System.currentTimeMillis());
      scene.await("store_up is 1", node -> node.metric("apitwo_store_up") == 1);
      scene.await("nobody is degraded", node -> !node.isDegraded());
      scene.run(STEADY);
      long end = System.currentTimeMillis();
      Audit audit = scene.end("stopped for %d s nodes=2".formatted(STOPPED_SECONDS), 200);
      Audit.note("before   " + Latencies.line(scene.between(begin, stopped), stopped));
      Audit.note("stopped  " + Latencies.line(scene.between(stopped, resumed), stopped));
      Audit.note("after    " + Latencies.line(scene.between(resumed, end), resumed));
      Audit.note(
          "exact after %d ms, uncounted=%d".formatted(exact, audit.arrived() - audit.counted()));
      writeBuckets(scene.between(begin, end), stopped);
      for (int i = 0; i < before.size(); i++) {
        Audit.note("before   " + before.get(i).line());
        Audit.note("stopped  " + meanwhile.get(i).line());
        assertThat(meanwhile.get(i).rssKib() - before.get(i).rssKib())
            .as("growth of resident memory, KiB")
            .isLessThanOrEqualTo(32 * MIB);
      }
      for (GatewayProcess gateway : scene.gateways) {
        long lost = OutageScene.lines(gateway, "counter store lost");
        assertThat(lost).as("a line a transition").isBetween(1L, 3L);
        assertThat(OutageScene.lines(gateway, "counter store back")).isEqualTo(lost);
      }
      assertThat(exact).as("milliseconds until limits are kept exactly").isLessThan(EXACT_MILLIS);
    }
  }

  private static List<Vitals> vitals(OutageScene scene) throws Exception {
    List<Vitals> vitals = new ArrayList<>();
    for (GatewayProcess gateway : scene.gateways) {
      vitals.add(Vitals.of(gateway));
    }
    return vitals;
  }

  private static void writeBuckets(Answers answers, long zeroMillis) throws IOException {
    StringBuilder text = new StringBuilder("millis,requests,p50,p99,max\n");
    Map<Long, Latencies> buckets = Latencies.buckets(answers);
    buckets.forEach(
        (start, part) ->
            text.append(
                String.format(
                    Locale.ROOT,
                    "%d,%d,%.1f,%.1f,%.1f%n",
                    start - zeroMillis,
                    part.sorted().length,
                    part.millis(0.5),
                    part.millis(0.99),
                    part.millis(1))));
    Files.writeString(BUCKETS, text);
  }

  /** What one kill came to. */
  private record Kill(long degraded, long open, long exact, String latencies) {
    String line(int number) {
      return "kill %2d  degraded after %d ms, for %d ms, exact %d ms after the answer, %s"
          .formatted(number, degraded, open, exact, latencies);
    }
  }

  @Test
  void a_redis_that_is_killed_again_and_again_costs_no_request() throws Exception {
    // So that what was acknowledged is on disk, or at least with the kernel, which is not killed.
    try (RedisServer redis = RedisServer.start("--appendonly", "yes", "--appendfsync", "no");
        Cluster cluster = cluster(redis)) {
      OutageScene scene = new OutageScene(cluster);
      scene.run(STEADY);
      List<Kill> kills = new ArrayList<>();
      for (int i = 0; i < KILLS; i++) {
        kills.add(kill(scene, redis));
      }
      Audit audit = scene.end("kill -9 of Redis, %d times nodes=2".formatted(KILLS), 100L * KILLS);
      for (int i = 0; i < KILLS; i++) {
        Audit.note(kills.get(i).line(i + 1));
      }
      Audit.note("uncounted=" + (audit.arrived() - audit.counted()));
      assertThat(kills).allMatch(kill -> kill.exact() < EXACT_MILLIS);
    }
  }

  private static Kill kill(OutageScene scene, RedisServer redis) throws Exception {
    scene.run(Duration.ofSeconds(1));
    long killed = System.currentTimeMillis();
    redis.kill();
    long degraded = scene.await("all are degraded", GatewayProcess::isDegraded);
    scene.run(Duration.ofSeconds(1));
    redis.restart();
    long answers = System.currentTimeMillis();
    long exact = Recovery.exactAfterMillis(scene.cluster, scene.gateways, answers);
    long back = scene.await("nobody is degraded", node -> !node.isDegraded());
    Answers meanwhile = scene.between(killed, back);
    String latencies = Latencies.line(meanwhile, killed);
    return new Kill(degraded - killed, back - degraded, exact, latencies);
  }
}
