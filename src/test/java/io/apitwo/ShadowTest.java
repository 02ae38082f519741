package io.apitwo;

import static io.apitwo.RunningGateway.send;
import static io.apitwo.RunningGateway.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.http.HttpServerRequest;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Limits in shadow: nobody feels them, and they tell what they would have done. */
class ShadowTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path folder;

  private final LinkedBlockingQueue<HttpServerRequest> held = new LinkedBlockingQueue<>();
  private TestUpstream upstream;
  private RunningGateway gateway;

  @BeforeEach
  void start() throws Exception {
    upstream =
        new TestUpstream(
            request -> {
              if (request.path().equals("/hold")) {
                held.add(request);
              } else {
                request.response().setStatusCode(request.path().equals("/bad") ? 500 : 200).end();
              }
            });
  }

  @AfterEach
  void close() {
    if (gateway != null) {
      gateway.close();
    }
    upstream.close();
  }

  private String rules(String limits, String defined) {
    return """
        upstreams: { up: { targets: ["http://127.0.0.1:%d"] } }
        routes: [{ id: all, upstream: up, limits: [%s] }]
        limits:
        %s
        """
        .formatted(upstream.port(), limits, defined.indent(2));
  }

  private static double decisions(RunningGateway of, String name, String limit, String verdict)
      throws Exception {
    return of.manage("/metrics")
        .body()
        .lines()
        .filter(
            line ->
                line.startsWith(name + "_total{")
                    && line.contains("limit=\"" + limit + "\"")
                    && line.contains("verdict=\"" + verdict + "\""))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }

  private void assertShadow(String limit, double allowed, double refused) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(
                        List.of(
                            decisions(gateway, "apitwo_shadow_decisions", limit, "allowed"),
                            decisions(gateway, "apitwo_shadow_decisions", limit, "refused")))
                    .containsExactly(allowed, refused));
  }

  @Test
  void a_limit_in_shadow_refuses_nothing_and_counts_what_it_would_have_refused() throws Exception {
    String rules =
        rules(
            "default, trial",
            """
            default: { by: [address], windows: { month: 100 } }
            trial: { by: [address], windows: { month: 4 }, shadow: true }
            """);
    gateway = RunningGateway.start(folder, rules);
    for (int i = 0; i < 10; i++) {
      HttpResponse<String> response = gateway.get("/");
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.headers().firstValue("RateLimit-Policy").orElseThrow())
          .isEqualTo("\"month\";q=100;w=2678400");
      assertThat(response.headers().firstValue("RateLimit").orElseThrow())
          .startsWith("\"month\";r=" + (99 - i) + ";");
    }
    assertShadow("trial", 4, 6);
    assertThat(decisions(gateway, "apitwo_decisions", "trial", "allowed")).isZero();
    assertThat(decisions(gateway, "apitwo_decisions", "trial", "refused")).isZero();
    assertThat(decisions(gateway, "apitwo_decisions", "default", "allowed")).isEqualTo(10);
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () ->
                assertThat(gateway.log.toString(StandardCharsets.UTF_8))
                    .contains("would have refused requests: limit=trial requests=6"));
    String line =
        gateway
            .log
            .toString(StandardCharsets.UTF_8)
            .lines()
            .filter(each -> each.contains("limit=trial"))
            .findFirst()
            .orElseThrow();
    assertThat(line).doesNotContain("127.0.0.1");
  }

  @Test
  void a_route_with_shadows_alone_lets_all_pass_without_headers() throws Exception {
    String rules =
        rules(
            "one, other",
            """
            one: { by: [address], windows: { month: 3 }, shadow: true }
            other: { by: [{ constant: all }], windows: { month: 8 }, shadow: true }
            """);
    gateway = RunningGateway.start(folder, rules);
    for (int i = 0; i < 10; i++) {
      HttpResponse<String> response = gateway.get("/");
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.headers().firstValue("RateLimit")).isEmpty();
      assertThat(response.headers().firstValue("RateLimit-Policy")).isEmpty();
    }
    assertShadow("one", 3, 7);
    assertShadow("other", 8, 2);
  }

  @Test
  void what_an_enforced_limit_refuses_uses_up_nothing_in_shadow() throws Exception {
    String rules =
        rules(
            "default, trial",
            """
            default: { by: [address], windows: { month: 5 } }
            trial: { by: [address], windows: { month: 3 }, shadow: true }
            """);
    gateway = RunningGateway.start(folder, rules);
    for (int i = 0; i < 20; i++) {
      assertThat(gateway.get("/").statusCode()).isEqualTo(i < 5 ? 200 : 429);
    }
    assertShadow("trial", 3, 2);
  }

  @Test
  void a_client_on_the_allow_list_is_counted_in_shadow() throws Exception {
    String rules =
        rules(
                "default, trial",
                """
                default: { by: [address], windows: { month: 1 } }
                trial: { by: [address], windows: { month: 3 }, shadow: true }
                """)
            + "allow: [127.0.0.0/8]\n";
    gateway = RunningGateway.start(folder, rules);
    for (int i = 0; i < 5; i++) {
      HttpResponse<String> response = gateway.get("/");
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.headers().firstValue("RateLimit")).isEmpty();
    }
    assertShadow("trial", 3, 2);
  }

  @Test
  void a_request_that_a_shadow_does_not_know_the_client_of_passes_uncounted() throws Exception {
    String rules =
        rules(
            "trial",
            "trial: { by: [{ header: X-Key }], missing: 401, windows: { month: 1 }, shadow: true }");
    gateway = RunningGateway.start(folder, rules);
    assertThat(gateway.get("/").statusCode()).isEqualTo(200);
    assertThat(gateway.get("/", "X-Key", "a").statusCode()).isEqualTo(200);
    assertThat(gateway.get("/", "X-Key", "a").statusCode()).isEqualTo(200);
    assertShadow("trial", 1, 1);
  }

  @Test
  void permits_in_shadow_are_free_again_when_their_requests_end() throws Exception {
    String rules =
        rules("trial", "trial: { by: [address], algorithm: concurrency, max: 2, shadow: true }");
    gateway = RunningGateway.start(folder, rules);
    for (int round = 1; round <= 3; round++) {
      Socket[] sockets = new Socket[3];
      for (int i = 0; i < sockets.length; i++) {
        sockets[i] = gateway.connect();
        send(sockets[i], "GET /hold HTTP/1.1\r\nHost: h\r\n\r\n");
      }
      assertShadow("trial", 2 * round, round);
      for (int i = 0; i < sockets.length; i++) {
        HttpServerRequest request = held.poll(20, TimeUnit.SECONDS);
        assertThat(request).isNotNull();
        request.response().end("done");
      }
      for (Socket socket : sockets) {
        assertThat(until(socket, "done")).startsWith("HTTP/1.1 200 ");
        socket.close();
      }
    }
  }

  @Test
  void a_shadow_gives_back_what_it_would_have_refunded() throws Exception {
    String rules =
        rules(
            "trial",
            "trial: { by: [address], windows: { month: 30 }, refundOn: [5xx], shadow: true }");
    gateway = RunningGateway.start(folder, rules);
    for (int i = 0; i < 20; i++) {
      assertThat(gateway.get("/bad").statusCode()).isEqualTo(500);
    }
    assertShadow("trial", 20, 0);
    for (int i = 0; i < 32; i++) {
      assertThat(gateway.get("/").statusCode()).isEqualTo(200);
    }
    assertShadow("trial", 50, 2);
  }

  @Test
  void a_shadow_without_its_store_costs_nobody_anything() throws Exception {
    try (RedisServer redis = RedisServer.start()) {
      String rules =
          rules(
              "denying, local",
              """
              denying: { by: [address], windows: { month: 3 }, onStoreFailure: deny, shadow: true }
              local: { by: [address], windows: { month: 3 }, shadow: true }
              """);
      gateway =
          RunningGateway.start(
              folder, rules, "STORE_TYPE", "redis", "STORE_REDIS_URL", redis.url());
      redis.kill();
      for (int i = 0; i < 6; i++) {
        assertThat(gateway.get("/").statusCode()).isEqualTo(200);
      }
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () ->
                  assertThat(decisions(gateway, "apitwo_shadow_decisions", "denying", "unknown"))
                      .isPositive());
      assertShadow("local", 3, 3); // the node's own share, alone as it is
    }
  }

  @Test
  void two_gateways_count_one_shadow_together() throws Exception {
    String rules = rules("trial", "trial: { by: [address], windows: { month: 6 }, shadow: true }");
    try (RedisServer redis = RedisServer.start()) {
      String[] settings = {
        "STORE_TYPE", "redis", "STORE_REDIS_URL", redis.url(), "STORE_TIMEOUT", "5s"
      };
      Path own = Files.createDirectories(folder.resolve("other"));
      gateway = RunningGateway.start(folder, rules, settings);
      try (RunningGateway other = RunningGateway.start(own, rules, settings)) {
        for (int i = 0; i < 10; i++) {
          assertThat((i % 2 == 0 ? gateway : other).get("/").statusCode()).isEqualTo(200);
        }
        await()
            .atMost(PATIENCE)
            .untilAsserted(
                () -> {
                  double refused = 0;
                  double allowed = 0;
                  for (RunningGateway each : List.of(gateway, other)) {
                    refused += decisions(each, "apitwo_shadow_decisions", "trial", "refused");
                    allowed += decisions(each, "apitwo_shadow_decisions", "trial", "allowed");
                  }
                  assertThat(allowed).isEqualTo(6);
                  assertThat(refused).isEqualTo(4);
                });
      }
    }
  }
}
