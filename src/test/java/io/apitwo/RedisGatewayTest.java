package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.http.HttpServerRequest;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole gateways that count in a real Redis. Windows are months, so that none ends on the way. */
class RedisGatewayTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

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

  private RunningGateway gateway(String name, String rules, String... settings) throws Exception {
    List<String> all = new ArrayList<>(List.of(settings));
    all.addAll(List.of("STORE_TYPE", "redis", "STORE_REDIS_URL", redis.url()));
    if (!all.contains("STORE_TIMEOUT")) {
      all.addAll(List.of("STORE_TIMEOUT", "5s")); // a busy machine is not what is tested
    }
    Path own = Files.createDirectories(folder.resolve(name));
    return RunningGateway.start(own, rules, all.toArray(String[]::new));
  }

  private static String echo(String limit) {
    return """
        upstreams: { echo: { builtin: echo } }
        routes: [{ id: all, upstream: echo, limits: [default] }]
        limits: { default: { by: [{ header: X-Client }], %s } }
        """
        .formatted(limit);
  }

  private static int status(RunningGateway gateway, String client) throws Exception {
    return gateway.get("/", "X-Client", client).statusCode();
  }

  /** How many of so many requests pass, all sent at once, to the gateways in turn. */
  private static int burst(int count, String client, RunningGateway... gateways) {
    HttpClient http = HttpClient.newHttpClient();
    List<CompletableFuture<Integer>> answers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      var request = gateways[i % gateways.length].request("/").header("X-Client", client).build();
      answers.add(
          http.sendAsync(request, HttpResponse.BodyHandlers.discarding())
              .thenApply(HttpResponse::statusCode));
    }
    List<Integer> statuses = answers.stream().map(CompletableFuture::join).toList();
    assertThat(statuses).isSubsetOf(200, 429);
    return (int) statuses.stream().filter(status -> status == 200).count();
  }

  private static long left(HttpResponse<String> response) {
    String header = response.headers().firstValue("RateLimit").orElseThrow();
    return Long.parseLong(header.replaceFirst("^\"month\";r=([0-9]+);.*$", "$1"));
  }

  @Test
  void the_plain_layout_is_the_predecessors() throws Exception {
    String rules = echo("windows: { minute: 5, hour: 5, day: 5 }");
    try (RunningGateway gateway = gateway("a", rules, "STORE_LAYOUT", "plain")) {
      assertThat(burst(6, "c", gateway)).isEqualTo(5);
      List<?> keys = (List<?>) redis.command("KEYS", "limit:*");
      assertThat(keys)
          .hasSize(3)
          .allMatch(
              key -> key.toString().matches("limit:(minute:c:\\d{12}|hour:c:\\d{10}|day:c:\\d{8})"))
          .allMatch(key -> (Long) redis.command("PTTL", key.toString()) > 0);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "packed, exact, 100, 500",
    "packed, strict, 100, 500",
    "plain, exact, 100, 500",
    "packed, exact, 1000, 2500"
  })
  void exactly_the_limit_passes_through_all_gateways_together(
      String layout, String accuracy, int limit, int requests) throws Exception {
    String rules = echo("windows: { month: " + limit + " }, accuracy: " + accuracy);
    try (RunningGateway one = gateway("a", rules, "STORE_LAYOUT", layout);
        RunningGateway two = gateway("b", rules, "STORE_LAYOUT", layout)) {
      int passed = burst(requests, "c", one, two);
      assertThat(passed).isLessThanOrEqualTo(limit);
      int[] all = {passed};
      await()
          .atMost(PATIENCE)
          .untilAsserted( // quota that was on lease comes back
              () -> {
                all[0] += burst(20, "c", one, two);
                assertThat(all[0]).isEqualTo(limit);
              });
      assertThat(burst(100, "c", one, two)).isZero();
      assertThat(burst(1, "another", one)).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "packed | algorithm: sliding, windows: { month: 100 }",
        "plain  | algorithm: sliding, windows: { month: 100 }",
        "packed | algorithm: token-bucket, rate: 1/day, burst: 100",
        "plain  | algorithm: token-bucket, rate: 1/day, burst: 100",
        "packed | windows: { month: 100 }, phase: client",
        "plain  | windows: { month: 100 }, phase: client"
      })
  void exactly_the_limit_of_any_algorithm_passes_through_all_gateways_together(
      String layout, String limit) throws Exception {
    try (RunningGateway one = gateway("a", echo(limit), "STORE_LAYOUT", layout);
        RunningGateway two = gateway("b", echo(limit), "STORE_LAYOUT", layout)) {
      assertThat(burst(300, "c", one, two)).isEqualTo(100);
      assertThat(burst(1, "another", two)).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"packed", "plain"})
  void no_more_than_the_maximum_are_in_flight_through_all_gateways(String layout) throws Exception {
    LinkedBlockingQueue<HttpServerRequest> held = new LinkedBlockingQueue<>();
    TestUpstream upstream = new TestUpstream(held::add);
    String rules =
        """
        upstreams: { up: { targets: ["http://127.0.0.1:%d"] } }
        routes: [{ id: all, upstream: up, limits: [default] }]
        limits: { default: { by: [{ header: X-Client }], algorithm: concurrency, max: 30 } }
        """
            .formatted(upstream.port());
    try (RunningGateway one = gateway("a", rules, "STORE_LAYOUT", layout);
        RunningGateway two = gateway("b", rules, "STORE_LAYOUT", layout)) {
      for (int round = 0; round < 3; round++) {
        HttpClient http = HttpClient.newHttpClient();
        List<CompletableFuture<Integer>> passing = new ArrayList<>();
        while (passing.size() < 30) { // as what was held before comes back
          RunningGateway gateway = passing.size() % 2 == 0 ? one : two;
          var request = gateway.request("/").header("X-Client", "c").build();
          int before = held.size();
          CompletableFuture<Integer> status =
              http.sendAsync(request, HttpResponse.BodyHandlers.discarding())
                  .thenApply(HttpResponse::statusCode);
          await().atMost(PATIENCE).until(() -> status.isDone() || held.size() > before);
          if (!status.isDone()) {
            passing.add(status);
          }
        }
        assertThat(burst(20, "c", one, two)).isZero();
        held.forEach(request -> request.response().end("done"));
        held.clear();
        passing.forEach(status -> assertThat(status.join()).isEqualTo(200));
      }
    } finally {
      upstream.close();
    }
  }

  @Test
  void a_steady_client_is_served_from_leases_and_nothing_is_lost_at_the_end() throws Exception {
    String rules = echo("windows: { month: 1000000 }");
    int passed = 0;
    try (RunningGateway gateway = gateway("a", rules, "PROXY_INSTANCES", "1")) {
      for (int i = 0; i < 3_000; i++) {
        assertThat(status(gateway, "c")).isEqualTo(200);
        passed++;
        if (gateway
            .manage("/metrics")
            .body()
            .contains("source=\"lease\",verdict=\"allowed\"} 0.0")) {
          continue;
        }
        break;
      }
      assertThat(gateway.manage("/metrics").body())
          .doesNotContain("source=\"lease\",verdict=\"allowed\"} 0.0");
    }
    try (RunningGateway next = gateway("b", rules)) {
      assertThat(left(next.get("/", "X-Client", "c"))).isEqualTo(1_000_000 - passed - 1);
    }
  }

  @Test
  void a_changed_limit_holds_at_once_and_keeps_the_count() throws Exception {
    try (RunningGateway gateway = gateway("a", echo("windows: { month: 5 }"))) {
      assertThat(burst(9, "c", gateway)).isEqualTo(5);
      save(gateway, echo("windows: { month: 8 }"), 2);
      assertThat(burst(9, "c", gateway)).isEqualTo(3);
      save(gateway, echo("windows: { month: 2 }"), 3);
      HttpResponse<String> refused = gateway.get("/", "X-Client", "c");
      assertThat(refused.statusCode()).isEqualTo(429);
      assertThat(left(refused)).isZero();
      save(gateway, echo("windows: { month: 10 }"), 4);
      assertThat(burst(9, "c", gateway)).isEqualTo(2);
    }
  }

  private static void save(RunningGateway gateway, String rules, long revision) throws Exception {
    Path beside = gateway.rules.resolveSibling("next.yaml");
    Files.writeString(beside, rules);
    Files.move(beside, gateway.rules, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
    await().atMost(PATIENCE).until(() -> gateway.gateway.revision().number() == revision);
  }

  @ParameterizedTest
  @ValueSource(strings = {"deny", "allow"})
  void without_redis_the_limits_say_what_happens_and_with_it_they_count(String onStoreFailure)
      throws Exception {
    redis.kill();
    String rules = echo("windows: { month: 3 }, onStoreFailure: " + onStoreFailure);
    try (RunningGateway gateway = gateway("a", rules)) {
      HttpResponse<String> response = gateway.get("/", "X-Client", "c");
      if (onStoreFailure.equals("deny")) {
        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.headers().firstValue("Retry-After")).contains("1");
        assertThat(response.body())
            .isEqualTo("{\"msg\":\"Rate limiter unavailable\",\"code\":503}");
      } else {
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("RateLimit")).isEmpty();
      }
      redis.restart();
      await()
          .atMost(PATIENCE)
          .until(
              () ->
                  gateway
                      .get("/", "X-Client", "other")
                      .headers()
                      .firstValue("RateLimit")
                      .isPresent());
      assertThat(burst(9, "fresh", gateway)).isEqualTo(3);
      assertThat(gateway.manage("/metrics").body()).contains("apitwo_store_up 1.0");
    }
  }

  @Test
  void a_redis_that_stands_still_keeps_nobody_waiting_for_ever() throws Exception {
    String rules = echo("windows: { month: 3 }, onStoreFailure: deny");
    try (RunningGateway gateway = gateway("a", rules, "STORE_TIMEOUT", "200ms")) {
      await().atMost(PATIENCE).until(() -> status(gateway, "warm") == 200);
      redis.pause();
      assertThat(status(gateway, "c")).isEqualTo(503);
      assertThat(status(gateway, "c")).isEqualTo(503);
      redis.resume();
      await().atMost(PATIENCE).until(() -> status(gateway, "other") != 503);
      await().atMost(PATIENCE).untilAsserted(() -> assertThat(status(gateway, "c")).isEqualTo(429));
      assertThat((List<?>) redis.command("KEYS", "apitwo:{*")).isNotEmpty();
    }
  }
}
