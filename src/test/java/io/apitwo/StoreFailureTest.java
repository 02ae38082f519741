package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apitwo.FaultProxy.Fate;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A gateway, one of two that share a Redis, keeps its half of a limit of 10 while Redis gives no
 * answer, and Redis counts what passed when it is back. Windows are months, so that none ends on
 * the way.
 */
class StoreFailureTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String LIMIT =
      """
      upstreams: { echo: { builtin: echo } }
      routes:
        - { id: mixed, match: { path: /mixed }, upstream: echo, limits: [default, free] }
        - { id: all, upstream: echo, limits: [default] }
      limits:
        default: { by: [{ header: X-Client }], windows: { month: 10 }, onStoreFailure: local }
        free: { by: [{ header: X-Client }], windows: { month: 3 }, onStoreFailure: allow }
      """;

  @TempDir Path folder;
  private RedisServer redis;

  @BeforeEach
  void start() throws Exception {
    redis = RedisServer.start();
  }

  @AfterEach
  void stop() {
    redis.close();
  }

  private RunningGateway gateway(String url, String timeout, String... settings) throws Exception {
    List<String> all = new ArrayList<>(List.of(settings));
    all.addAll(List.of("STORE_TYPE", "redis", "STORE_REDIS_URL", url));
    all.addAll(List.of("STORE_TIMEOUT", timeout, "STORE_EXPECTED_NODES", "2"));
    Path own = Files.createDirectories(folder.resolve("gateway"));
    RunningGateway gateway = RunningGateway.start(own, LIMIT, all.toArray(String[]::new));
    await().atMost(PATIENCE).until(() -> isUp(gateway));
    return gateway;
  }

  private static boolean isUp(RunningGateway gateway) throws Exception {
    return gateway.manage("/metrics").body().contains("apitwo_store_up 1.0");
  }

  /** How many of so many requests pass, one after the other; the others get 429. */
  private static int pass(RunningGateway gateway, String path, String client, int count)
      throws Exception {
    int passed = 0;
    for (int i = 0; i < count; i++) {
      int status = gateway.get(path, "X-Client", client).statusCode();
      assertThat(status).isIn(200, 429);
      passed += status == 200 ? 1 : 0;
    }
    return passed;
  }

  private static int pass(RunningGateway gateway, String client, int count) throws Exception {
    return pass(gateway, "/", client, count);
  }

  @Test
  void a_node_that_starts_without_its_store_says_so_before_anybody_asks() throws Exception {
    String url = "redis://127.0.0.1:" + RedisServer.freePort();
    Path own = Files.createDirectories(folder.resolve("alone"));
    try (RunningGateway gateway =
        RunningGateway.start(own, LIMIT, "STORE_TYPE", "redis", "STORE_REDIS_URL", url)) {
      assertThat(gateway.manage("/health/ready").body())
          .contains("\"degraded\":\"the counter store gives no answer\"");
    }
  }

  /** Redis decides again. */
  private static void awaitHealed(RunningGateway gateway) {
    await()
        .atMost(PATIENCE)
        .until(() -> !gateway.manage("/health/ready").body().contains("degraded"));
  }

  /** What Redis has counted of a client: what a whole month has left is told with each answer. */
  private static void awaitCounted(RunningGateway gateway, String client, int passed)
      throws Exception {
    awaitHealed(gateway);
    await() // what nobody asks about is charged little by little
        .atMost(PATIENCE)
        .until(() -> gateway.manage("/metrics").body().contains("apitwo_remembered_quota 0.0"));
    assertThat(pass(gateway, client, 20)).isEqualTo(10 - passed);
  }

  /** In what way Redis gives no answer, so that it is known that it has done nothing. */
  enum Trouble {
    /** And comes back empty. */
    GONE {
      @Override
      void begin(RedisServer redis) {
        redis.kill();
      }

      @Override
      void end(RedisServer redis) throws Exception {
        redis.restart();
      }
    },
    FULL {
      @Override
      void begin(RedisServer redis) {
        redis.command("CONFIG", "SET", "maxmemory", "1");
      }

      @Override
      void end(RedisServer redis) {
        redis.command("CONFIG", "SET", "maxmemory", "0");
      }
    },
    REPLICA {
      @Override
      void begin(RedisServer redis) throws Exception {
        redis.command("REPLICAOF", "127.0.0.1", "" + RedisServer.freePort());
      }

      @Override
      void end(RedisServer redis) {
        redis.command("REPLICAOF", "NO", "ONE");
      }
    },
    LOCKED {
      @Override
      void begin(RedisServer redis) {
        redis.command("ACL", "SETUSER", "default", "-evalsha", "-eval");
      }

      @Override
      void end(RedisServer redis) {
        redis.command("ACL", "SETUSER", "default", "+evalsha", "+eval");
      }
    };

    abstract void begin(RedisServer redis) throws Exception;

    abstract void end(RedisServer redis) throws Exception;
  }

  @Test
  void one_that_refuses_is_told_of_by_gauge_note_and_one_line_until_it_does_no_more()
      throws Exception {
    try (RunningGateway gateway = gateway(redis.url(), "5s")) {
      assertThat(gateway.manage("/metrics").body()).contains("\napitwo_degraded 0.0");
      Trouble.FULL.begin(redis);
      for (int i = 0; i < 3; i++) {
        assertThat(pass(gateway, "c" + i, 20)).isEqualTo(5);
      }
      assertThat(gateway.manage("/metrics").body()).contains("\napitwo_degraded 1.0");
      assertThat(gateway.manage("/health/ready").body()).contains("degraded");
      assertThat(gateway.log.toString().lines().filter(line -> line.contains("WARN")))
          .singleElement()
          .asString()
          .contains("counter store refuses calls", "OOM");
      Trouble.FULL.end(redis);
      awaitHealed(gateway); // although nobody asks
    }
  }

  @ParameterizedTest
  @EnumSource(Trouble.class)
  void the_share_is_kept_meanwhile_and_all_that_passed_is_counted_afterwards(Trouble trouble)
      throws Exception {
    try (RunningGateway gateway = gateway(redis.url(), "5s")) {
      trouble.begin(redis);
      if (trouble == Trouble.GONE) {
        await().atMost(PATIENCE).until(() -> !isUp(gateway)); // so that nothing is in doubt
      }
      assertThat(pass(gateway, "c", 20)).isEqualTo(5);
      assertThat(pass(gateway, "d", 2)).isEqualTo(2);
      HttpResponse<String> refused = gateway.get("/", "X-Client", "c");
      assertThat(refused.statusCode()).isEqualTo(429);
      assertThat(refused.headers().firstValue("RateLimit").orElseThrow())
          .startsWith("\"month\";r=0;");
      assertThat(gateway.manage("/health/ready").statusCode()).isEqualTo(200);
      assertThat(gateway.manage("/health/ready").body())
          .contains("\"degraded\":\"the counter store gives no answer\"");
      trouble.end(redis);
      awaitHealed(gateway, trouble);
      awaitCounted(gateway, "c", 5);
      awaitCounted(gateway, "d", 2);
      assertThat(gateway.manage("/metrics").body())
          .contains("apitwo_degraded_quota_total 7.0")
          .contains("apitwo_remembered_quota_settled_total{outcome=\"charged\"} 7.0")
          .contains("limit=\"default\",source=\"degraded\",verdict=\"allowed\"} 7.0");
    }
  }

  /** Some need a request to be noticed to be over. */
  private static void awaitHealed(RunningGateway gateway, Trouble trouble) throws Exception {
    await().atMost(PATIENCE).until(() -> isUp(gateway));
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              gateway.get("/", "X-Client", "anybody-" + trouble);
              return !gateway.manage("/health/ready").body().contains("degraded");
            });
  }

  @ParameterizedTest
  @ValueSource(strings = {"packed", "plain"})
  void where_one_limit_allows_and_another_is_kept_locally_the_latter_decides(String layout)
      throws Exception {
    try (RunningGateway gateway = gateway(redis.url(), "5s", "STORE_LAYOUT", layout)) {
      redis.kill();
      await().atMost(PATIENCE).until(() -> !isUp(gateway));
      assertThat(pass(gateway, "/mixed", "c", 20)).isEqualTo(5);
      redis.restart();
      awaitCounted(gateway, "c", 5);
      assertThat(pass(gateway, "/mixed", "c", 1)).isZero();
      assertThat(pass(gateway, "/mixed", "e", 9)).isEqualTo(3);
    }
  }

  @Test
  void an_answer_that_got_lost_is_counted_once() throws Exception {
    try (FaultProxy network = new FaultProxy(redis.port());
        RunningGateway gateway = gateway("redis://127.0.0.1:" + network.port(), "5s")) {
      network.cut(FaultProxy.every(1, Fate.LOSE_REPLY), 0);
      assertThat(pass(gateway, "c", 1)).isEqualTo(1);
      network.pass();
      await().atMost(PATIENCE).until(() -> isUp(gateway));
      awaitCounted(gateway, "c", 1);
    }
  }

  @Test
  void a_redis_that_stands_still_for_a_moment_counts_all_that_passed() throws Exception {
    try (RunningGateway gateway = gateway(redis.url(), "100ms")) {
      boolean counted = false;
      for (int i = 0; i < 5 && !counted; i++) { // one that stands still for too long is left
        String client = "c" + i;
        await().atMost(PATIENCE).until(() -> isUp(gateway));
        redis.pause();
        int passed = pass(gateway, client, 9);
        redis.resume();
        await().atMost(PATIENCE).until(() -> isUp(gateway));
        awaitHealed(gateway);
        await()
            .atMost(PATIENCE)
            .until(() -> gateway.manage("/metrics").body().contains("apitwo_remembered_quota 0.0"));
        int rest = pass(gateway, client, 20);
        assertThat(passed + rest).isGreaterThanOrEqualTo(10);
        counted = passed == 5 && rest == 5;
      }
      assertThat(counted).isTrue();
    }
  }

  @Test
  void scripts_that_redis_forgets_are_nothing_to_speak_of() throws Exception {
    try (RunningGateway gateway = gateway(redis.url(), "5s")) {
      assertThat(pass(gateway, "c", 4)).isEqualTo(4);
      redis.command("SCRIPT", "FLUSH");
      assertThat(pass(gateway, "c", 20)).isEqualTo(6);
      assertThat(gateway.manage("/metrics").body()).contains("apitwo_degraded_quota_total 0.0");
    }
  }

  @Test
  void an_outage_is_told_of_in_two_lines() throws Exception {
    try (RunningGateway gateway = gateway(redis.url(), "5s")) {
      gateway.log.reset();
      redis.kill();
      await().atMost(PATIENCE).until(() -> !isUp(gateway));
      pass(gateway, "c", 200);
      redis.restart();
      await().atMost(PATIENCE).until(() -> isUp(gateway));
      pass(gateway, "c", 20);
      assertThat(gateway.log.toString().lines())
          .hasSize(2)
          .anyMatch(line -> line.contains("counter store lost"))
          .anyMatch(line -> line.contains("counter store back"));
    }
  }
}
