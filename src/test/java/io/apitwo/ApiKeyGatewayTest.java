package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apitwo.rules.ApiKeyHash;
import io.apitwo.rules.ApiKeyText;
import io.apitwo.telemetry.Exposition;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that are known by their API keys. */
class ApiKeyGatewayTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final SecureRandom RANDOM = new SecureRandom();

  @TempDir Path folder;
  private final ApiKeyText key = ApiKeyText.random(RANDOM);

  private static String rules(String limit, String identity) {
    return """
        upstreams: { echo: { builtin: echo } }
        routes: [{ id: all, upstream: echo, limits: [default] }]
        limits: { default: { windows: { month: 2 }, %s } }
        identity: { %s }
        """
        .formatted(limit, identity);
  }

  private static String entry(ApiKeyText key, String more) {
    return "apiKeys: [{ hash: \""
        + ApiKeyHash.of(key, RANDOM)
        + "\", consumer: acme"
        + more
        + " }]";
  }

  private static int status(RunningGateway gateway, String key) throws Exception {
    return gateway.get("/", "X-Api-Key", key).statusCode();
  }

  private static final String BY_HEADER = "by: [{ apiKey: { header: X-Api-Key } }], missing: 401";

  @Test
  void each_consumer_has_a_limit_of_its_own() throws Exception {
    ApiKeyText other = ApiKeyText.random(RANDOM);
    String both =
        "apiKeys: [{ hash: \"%s\", consumer: acme }, { hash: \"%s\", consumer: other }]"
            .formatted(ApiKeyHash.of(key, RANDOM), ApiKeyHash.of(other, RANDOM));
    try (RunningGateway gateway = RunningGateway.start(folder, rules(BY_HEADER, both))) {
      assertThat(status(gateway, key.text())).isEqualTo(200);
      assertThat(status(gateway, key.text())).isEqualTo(200);
      assertThat(status(gateway, key.text())).isEqualTo(429);
      assertThat(status(gateway, other.text())).isEqualTo(200);
      String forged = "ak_" + key.id() + other.text().substring(other.text().lastIndexOf('_', 20));
      assertThat(status(gateway, forged)).isEqualTo(401);
      assertThat(status(gateway, key.text() + "A")).isEqualTo(401);
      assertThat(status(gateway, key.id())).isEqualTo(401);
      assertThat(status(gateway, "x".repeat(5_000))).isEqualTo(401);
      HttpResponse<String> none = gateway.get("/");
      assertThat(none.statusCode()).isEqualTo(401);
      assertThat(none.headers().firstValue("WWW-Authenticate")).isEmpty();
      assertThat(gateway.get("/", "X-Api-Key", key.text(), "X-Api-Key", other.text()).statusCode())
          .isEqualTo(401);
    }
  }

  @Test
  void a_key_that_has_expired_is_none() throws Exception {
    String over = entry(key, ", expires: 2020-01-31T00:00:00Z");
    try (RunningGateway gateway = RunningGateway.start(folder, rules(BY_HEADER, over))) {
      assertThat(status(gateway, key.text())).isEqualTo(401);
      gateway.saveRules(rules(BY_HEADER, entry(key, ", expires: 2999-01-31T00:00:00Z")));
      await().atMost(PATIENCE).until(() -> status(gateway, key.text()) == 200);
    }
  }

  @Test
  void the_plan_of_a_key_goes_before_any_other() throws Exception {
    String rules =
        rules("by: [address]", entry(key, ", plan: gold"))
            + """
            plans:
              acme: { when: { consumer: acme }, limits: { default: { by: [address], windows: { month: 5 } } } }
              gold: { limits: { default: { by: [address], windows: { month: 7 } } } }
            """;
    try (RunningGateway gateway = RunningGateway.start(folder, rules)) {
      assertThat(policy(gateway.get("/", "X-Api-Key", key.text()))).contains("q=7");
      assertThat(policy(gateway.get("/", "X-Api-Key", "gold"))).contains("q=2");
      gateway.saveRules(rules.replace(", plan: gold", ""));
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> assertThat(policy(gateway.get("/", "X-Api-Key", key.text()))).contains("q=5"));
    }
  }

  private static String policy(HttpResponse<String> response) {
    return response.headers().firstValue("RateLimit-Policy").orElseThrow();
  }

  /** Everywhere: a route without limits has no business with keys either. */
  @ParameterizedTest
  @ValueSource(strings = {"header", "query"})
  void no_upstream_and_no_log_gets_to_see_a_key(String carrier) throws Exception {
    List<String> heads = new CopyOnWriteArrayList<>();
    try (TestUpstream upstream =
        new TestUpstream(
            request -> {
              heads.add(request.uri() + "\n" + request.headers());
              request.response().end();
            })) {
      String rules =
          """
          upstreams: { up: { targets: ["http://127.0.0.1:%d"] } }
          routes: [{ id: free, match: { path: /free/** }, upstream: up }, { id: all, upstream: up, limits: [default] }]
          limits: { default: { by: [{ apiKey: { %s: api_key } }], windows: { month: 2 }, missing: address } }
          identity: { %s }
          """
              .formatted(upstream.port(), carrier, entry(key, ""));
      try (RunningGateway gateway = RunningGateway.start(folder, rules, "ACCESS_LOG", "text")) {
        List<String> targets = new ArrayList<>();
        if (carrier.equals("query")) {
          for (String path : List.of("/", "/free/x")) {
            targets.add(path + "?api_key=" + key.text());
            targets.add(path + "?a=1&api_key=" + key.text() + "&b=%41&&c");
            targets.add(path + "?api%5Fkey=" + key.text() + "&api_key=" + key.text());
          }
          targets.add("/%00?api_key=" + key.text());
        } else {
          targets.addAll(List.of("/", "/free/x"));
        }
        for (String target : targets) {
          gateway.raw(
              "GET %s HTTP/1.1\r\nHost: a\r\n%sConnection: close\r\n\r\n"
                  .formatted(
                      target, carrier.equals("header") ? "API_KEY: " + key.text() + "\r\n" : ""));
          gateway.raw(
              "POST %s HTTP/1.1\r\nHost: a\r\n%sContent-Length: 1\r\nConnection: close\r\n\r\nx"
                  .formatted(
                      target, carrier.equals("header") ? "api_Key: " + key.text() + "\r\n" : ""));
        }
        assertThat(heads).isNotEmpty().noneMatch(head -> head.contains(key.id()));
        if (carrier.equals("query")) {
          assertThat(heads).anyMatch(head -> head.startsWith("/free/x?a=1&b=%41&&c\n"));
          assertThat(heads).anyMatch(head -> head.startsWith("/free/x\n"));
          await()
              .atMost(PATIENCE)
              .until(() -> gateway.accessLog.toString().contains("GET /%00?api_key=*** HTTP"));
        }
        await().atMost(PATIENCE).until(() -> gateway.accessLog.toString().contains("POST "));
        assertThat(gateway.accessLog.toString() + gateway.log).doesNotContain(key.id());
      }
    }
  }

  @Test
  void wrong_keys_share_their_addresses_bucket_and_fail_so_often_only() throws Exception {
    String rules =
        rules("by: [{ apiKey: { header: X-Api-Key } }]", "failures: 20/h, " + entry(key, ""));
    try (RunningGateway gateway = RunningGateway.start(folder, rules)) {
      List<Integer> statuses = new ArrayList<>();
      for (int i = 0; i < 25; i++) {
        HttpResponse<String> response =
            gateway.get("/", "X-Api-Key", i % 2 == 0 ? ApiKeyText.random(RANDOM).text() : "k" + i);
        statuses.add(response.statusCode());
        assertThat(response.body().contains("Too many failed attempts")).isEqualTo(i >= 20);
      }
      assertThat(statuses.stream().filter(each -> each == 200).count()).isBetween(2L, 4L);
      assertThat(status(gateway, key.text())).as("a right key").isEqualTo(200);
      Exposition metrics = Exposition.parse(gateway.manage("/metrics").body());
      assertThat(metrics.value("apitwo_api_keys_total{outcome=\"unknown\"}")).isEqualTo(20);
      assertThat(metrics.value("apitwo_api_keys_total{outcome=\"throttled\"}")).isEqualTo(5);
      assertThat(metrics.value("apitwo_api_keys_total{outcome=\"known\"}")).isEqualTo(1);
    }
  }

  @Test
  void keys_in_redis_without_redis_are_said_to_be_unknown() throws Exception {
    String rules = rules(BY_HEADER, "apiKeysInRedis: true");
    try (RunningGateway gateway = RunningGateway.start(folder, rules(BY_HEADER, entry(key, "")))) {
      gateway.saveRules(rules);
      await()
          .atMost(PATIENCE)
          .until(
              () -> gateway.log.toString().contains("identity.apiKeysInRedis: true without Redis"));
      assertThat(status(gateway, key.text())).isEqualTo(401);
    }
  }

  private RunningGateway withRedis(RedisServer redis) throws Exception {
    return RunningGateway.start(
        folder,
        rules(BY_HEADER, "apiKeysInRedis: true").replace("month: 2", "month: 10000, day: 9000"),
        "STORE_TYPE",
        "redis",
        "STORE_REDIS_URL",
        redis.url(),
        "STORE_TIMEOUT",
        "5s");
  }

  private static void put(RedisServer redis, ApiKeyText key, String... more) {
    List<String> command = new ArrayList<>();
    command.addAll(List.of("HSET", "apitwo:keys:" + key.id(), "hash"));
    command.addAll(List.of(ApiKeyHash.of(key, RANDOM).toString(), "consumer", "acme"));
    command.addAll(List.of(more));
    redis.command(command.toArray(String[]::new));
  }

  @Test
  void redis_knows_keys_that_the_rules_do_not() throws Exception {
    try (RedisServer redis = RedisServer.start();
        RunningGateway gateway = withRedis(redis)) {
      put(redis, key);
      ApiKeyText over = ApiKeyText.random(RANDOM);
      put(redis, over, "expires", "2020-01-31T00:00:00Z");
      ApiKeyText broken = ApiKeyText.random(RANDOM);
      put(redis, broken, "expires", "tomorrow");
      ApiKeyText string = ApiKeyText.random(RANDOM);
      redis.command("SET", "apitwo:keys:" + string.id(), "x");

      assertThat(status(gateway, key.text())).isEqualTo(200);
      assertThat(status(gateway, over.text())).isEqualTo(401);
      assertThat(status(gateway, broken.text())).isEqualTo(401);
      assertThat(status(gateway, string.text())).isEqualTo(401);
      assertThat(status(gateway, ApiKeyText.random(RANDOM).text())).isEqualTo(401);
      String forged = "ak_" + key.id() + "_" + "A".repeat(43);
      assertThat(status(gateway, forged)).isEqualTo(401);
      assertThat((List<?>) redis.command("KEYS", "apitwo:{*")).as("clients").hasSize(1);
    }
  }

  @Test
  void a_key_that_redis_knew_is_good_while_redis_is_gone_and_no_other_is() throws Exception {
    ApiKeyText other = ApiKeyText.random(RANDOM);
    try (RedisServer redis = RedisServer.start();
        RunningGateway gateway = withRedis(redis)) {
      put(redis, key);
      put(redis, other);
      assertThat(status(gateway, key.text())).isEqualTo(200);
      redis.kill();
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                assertThat(status(gateway, other.text())).isEqualTo(401);
                assertThat(status(gateway, key.text())).isEqualTo(200);
              });
    }
  }

  @Test
  void a_body_waits_until_the_key_is_found() throws Exception {
    try (RedisServer redis = RedisServer.start();
        TestUpstream upstream =
            new TestUpstream(request -> request.body().onSuccess(request.response()::end));
        RunningGateway gateway = withRedis(redis)) {
      put(redis, key);
      gateway.saveRules(
          rules(BY_HEADER, "apiKeysInRedis: true")
              .replace(
                  "{ builtin: echo }",
                  "{ targets: [\"http://127.0.0.1:" + upstream.port() + "\"] }"));
      await().atMost(PATIENCE).until(() -> gateway.gateway.revision().number() == 2);
      HttpResponse<String> response =
          gateway.send(
              gateway
                  .request("/")
                  .header("X-Api-Key", key.text())
                  .POST(HttpRequest.BodyPublishers.ofString("y".repeat(100_000))));
      assertThat(response.body()).isEqualTo("y".repeat(100_000));
    }
  }
}
