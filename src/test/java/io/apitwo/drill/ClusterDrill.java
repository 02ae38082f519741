package io.apitwo.drill;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.RedisServer;
import io.apitwo.config.Entry;
import io.apitwo.drill.DrillRules.DrillLimit;
import io.apitwo.drill.Load.Target;
import io.apitwo.limit.Window;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Rules are pushed to one of several gateways: all of them run them, whatever becomes of single
 * ones, and however often all of them end.
 */
class ClusterDrill {
  private static final DrillLimit WIDE =
      DrillLimit.of("wide", "exact", Map.of(Window.HOUR, 100_000_000L)).onStoreFailure("local");
  private static final int PUSHES = 50;
  private static final int PER_SECOND = 200;
  private static final int STORM_PER_SECOND = 1_000;

  @TempDir Path folder;
  private CountingUpstream upstream;
  private @Nullable RedisServer redis;
  private @Nullable Gathering gathering;
  private Load load;

  /** Where revisions get their numbers. */
  enum Numbers {
    REDIS,
    MEMBERS
  }

  @BeforeEach
  void open() throws Exception {
    upstream = new CountingUpstream();
    load = new Load();
  }

  @AfterEach
  void close() {
    if (gathering != null) {
      gathering.close();
    }
    load.close();
    upstream.close();
    if (redis != null) {
      redis.close();
    }
  }

  private Gathering gather(Numbers numbers, int most) throws Exception {
    redis = numbers == Numbers.REDIS ? RedisServer.start() : null;
    gathering = new Gathering(folder, redis, most, rules(0));
    return gathering;
  }

  private String rules(int number) {
    return "# " + number + "\n" + new DrillRules(upstream.port(), WIDE).yaml();
  }

  private static int[] numbers(int count) {
    return IntStream.range(0, count).toArray();
  }

  private static JsonObject get(CompletableFuture<JsonObject> future) throws Exception {
    return future.get(60, TimeUnit.SECONDS);
  }

  private static long slowest(JsonObject pushed) {
    JsonArray nodes = pushed.getJsonArray("nodes");
    return nodes.stream()
        .mapToLong(node -> ((JsonObject) node).getLong("appliedMillis", Long.MAX_VALUE))
        .max()
        .orElse(Long.MAX_VALUE);
  }

  @ParameterizedTest(name = "{0} nodes, numbers of {1}")
  @CsvSource({"3, MEMBERS", "5, REDIS"})
  void every_node_runs_what_was_pushed_when_the_push_is_answered(int count, Numbers from)
      throws Exception {
    Gathering all = gather(from, count);
    List<GatewayProcess> nodes = all.start(numbers(count));
    get(all.push(nodes.get(0), rules(1))); // loads classes
    long[] slowest = new long[PUSHES];
    for (int i = 0; i < PUSHES; i++) {
      String text = rules(100 + i);
      JsonObject pushed = get(all.push(nodes.get(i % count), text));
      assertThat(pushed.getBoolean("converged")).as(pushed.encode()).isTrue();
      assertThat(pushed.getJsonArray("nodes")).hasSize(count);
      String expected = pushed.getLong("revision") + " " + Entry.sha256(text);
      nodes.forEach(node -> assertThat(Gathering.applied(node)).isEqualTo(expected));
      slowest[i] = slowest(pushed);
    }
    Arrays.sort(slowest);
    Audit.note(
        "cluster push nodes=%d numbers=%s pushes=%d  p50=%d p99=%d max=%d ms to every node"
            .formatted(
                count,
                from,
                PUSHES,
                slowest[PUSHES / 2],
                slowest[PUSHES * 99 / 100],
                slowest[PUSHES - 1]));
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"KILL", "STOP"})
  void the_others_serve_and_take_pushes_when_one_is_gone(String signal) throws Exception {
    Gathering all = gather(Numbers.REDIS, 3);
    List<GatewayProcess> nodes = all.start(0, 1, 2);
    List<GatewayProcess> others = nodes.subList(0, 2);
    GatewayProcess victim = nodes.get(2);
    Load.Running running = load.open(new Target(others, WIDE.path(), "c"), PER_SECOND);
    running.awaitMore(200, 2 * PER_SECOND);
    running.take();

    long begun = System.currentTimeMillis();
    Signal.send(signal, victim.pid());
    List<Long> millis = new ArrayList<>();
    JsonObject pushed = new JsonObject();
    for (int i = 1; System.currentTimeMillis() - begun < 15_000; i++) {
      long before = System.nanoTime();
      pushed = get(all.push(others.get(i % 2), rules(i)));
      millis.add(TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before));
      String expected = pushed.getLong("revision") + " " + pushed.getString("sha256");
      others.forEach(node -> assertThat(Gathering.applied(node)).isEqualTo(expected));
      running.awaitMore(200, PER_SECOND / 2);
    }
    Answers answers = running.stop();
    Audit.note(
        "cluster %s of one of 3  requests=%d failed=%d odd=%d  %s  pushes=%d slowest answer=%d ms"
            .formatted(
                signal,
                answers.all().size(),
                answers.failed(),
                answers.odd() + answers.unavailable() + answers.refused(),
                Latencies.line(answers, begun),
                millis.size(),
                millis.stream().mapToLong(Long::longValue).max().orElse(0)));
    assertThat(answers.passed()).as("passed").isEqualTo(answers.all().size());
    assertThat(pushed.getBoolean("converged")).as("without the one that is gone").isTrue();
    if (signal.equals("STOP")) {
      victim.resume();
      assertThat(all.awaitOne())
          .isEqualTo(pushed.getLong("revision") + " " + pushed.getString("sha256"));
    }
  }

  @ParameterizedTest(name = "numbers of {0}")
  @EnumSource
  void a_full_restart_comes_back_with_what_was_pushed_last(Numbers from) throws Exception {
    Gathering all = gather(from, 3);
    int times = Cases.all() ? 100 : 2;
    for (int i = 1; i <= times; i++) {
      List<GatewayProcess> nodes = all.start(0, 1, 2);
      JsonObject pushed = get(all.push(nodes.get(i % 3), rules(i)));
      assertThat(pushed.getBoolean("converged")).as(pushed.encode()).isTrue();
      String expected = pushed.getLong("revision") + " " + Entry.sha256(rules(i));
      boolean gently = i % 2 == 0;
      nodes.forEach(gently ? GatewayProcess::terminateLater : GatewayProcess::kill);
      nodes.forEach(GatewayProcess::awaitExit);
      if (redis != null && i % 3 == 1) {
        redis.command("FLUSHALL"); // it forgets, and is told by the nodes
      }
      nodes = all.start(0, 1, 2);
      assertThat(all.awaitOne()).as("after restart %d\n%s", i, all.logs()).isEqualTo(expected);
      nodes.forEach(GatewayProcess::kill);
    }
    Audit.note("cluster full restart numbers=%s  %d of %d came back".formatted(from, times, times));
  }

  @Test
  void who_comes_late_has_what_was_pushed_when_it_is_ready() throws Exception {
    Gathering all = gather(Numbers.MEMBERS, 3);
    List<GatewayProcess> nodes = all.start(0, 1);
    JsonObject pushed = get(all.push(nodes.get(0), rules(1)));
    CompletableFuture<Void> pushing =
        CompletableFuture.runAsync(
            () -> {
              for (int i = 2; i < 40; i++) {
                all.push(nodes.get(i % 2), rules(i)).join();
              }
            });
    GatewayProcess late =
        all.launch(2, Map.of("UPSTREAM", "http://127.0.0.1:9"), List.of()).awaitReady();
    long first = Long.parseLong(Gathering.applied(late).split(" ")[0]);
    assertThat(first).isGreaterThanOrEqualTo(pushed.getLong("revision"));
    pushing.get(60, TimeUnit.SECONDS);
    assertThat(all.awaitOne()).endsWith(Entry.sha256(rules(39)));
    Audit.note(
        "cluster late joiner  ready with revision %d of %s".formatted(first, all.awaitOne()));

    all.awaitMembers();
    String needy =
        """
        upstreams: { other: { targets: ['${UPSTREAM}'] } }
        routes: [{ id: all, upstream: other, limits: [] }]
        limits: {}
        """;
    JsonObject trial = all.put(late, "/admin/v1/candidate", needy).join();
    assertThat(trial.getBoolean("converged")).isFalse();
    assertThat(trial.getJsonArray("nodes").stream().map(JsonObject.class::cast))
        .as(trial.encode())
        .extracting(node -> node.getString("error"))
        .containsExactlyInAnyOrder(null, "does not compile here", "does not compile here");
  }

  @Test
  void of_a_storm_of_pushes_the_last_one_wins_everywhere() throws Exception {
    Gathering all = gather(Numbers.REDIS, 3);
    List<GatewayProcess> nodes = all.start(0, 1, 2);
    Load.Running running = load.open(new Target(nodes, WIDE.path(), "c"), PER_SECOND);
    storm(all, nodes.get(0), 1); // loads classes
    running.take();
    running.awaitMore(200, 5 * PER_SECOND);
    Answers before = running.take();
    int seconds = Cases.all() ? 60 : 5;
    atPace(seconds, i -> all.read(nodes.get(0), "/admin/v1/nodes"));
    Answers beside = running.take();
    JsonObject newest = storm(all, nodes.get(0), seconds);
    String last = all.awaitOne();
    Answers answers = running.stop();
    Audit.note(
        "cluster storm pushes=%d/s for %d s  revisions=%s"
            .formatted(STORM_PER_SECOND, seconds, last.split(" ")[0]));
    Audit.note("  requests before: " + Latencies.line(before, 0));
    Audit.note("  beside as many reads of the same client: " + Latencies.line(beside, 0));
    Audit.note("  meanwhile: " + Latencies.line(answers, System.currentTimeMillis()));
    assertThat(last).isEqualTo(newest.getLong("revision") + " " + newest.getString("sha256"));
    JsonObject after = get(all.push(nodes.get(1), rules(1)));
    assertThat(all.awaitOne()).isEqualTo(after.getLong("revision") + " " + Entry.sha256(rules(1)));
    assertThat(answers.passed()).as("passed").isEqualTo(answers.all().size());
  }

  /** Pushes as fast as that, and waits for the answers. @return the one with the last revision */
  private JsonObject storm(Gathering all, GatewayProcess node, int seconds) throws Exception {
    JsonObject newest = new JsonObject().put("revision", 0L);
    for (JsonObject pushed : atPace(seconds, i -> all.push(node, rules(1_000 + i)))) {
      newest = pushed.getLong("revision") > newest.getLong("revision") ? pushed : newest;
    }
    return newest;
  }

  private static List<JsonObject> atPace(
      int seconds, IntFunction<CompletableFuture<JsonObject>> send) throws Exception {
    Semaphore open = new Semaphore(2_000);
    List<CompletableFuture<JsonObject>> sent = new ArrayList<>();
    long begun = System.nanoTime();
    for (int i = 0; i < seconds * STORM_PER_SECOND; i++) {
      long due = begun + i * (1_000_000_000L / STORM_PER_SECOND);
      while (System.nanoTime() < due) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
      open.acquire();
      sent.add(send.apply(i));
      sent.get(i).whenComplete((done, failed) -> open.release());
    }
    List<JsonObject> answers = new ArrayList<>();
    for (CompletableFuture<JsonObject> each : sent) {
      answers.add(get(each));
    }
    return answers;
  }
}
