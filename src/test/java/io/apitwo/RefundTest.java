package io.apitwo;

import static io.apitwo.RunningGateway.send;
import static io.apitwo.RunningGateway.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apitwo.Gateways.Counted;
import io.vertx.core.http.HttpServerRequest;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Limits that give back what they charged when the response has a certain status: through one
 * gateway, or through two on one Redis. Windows are months, so that none ends on the way.
 */
class RefundTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path folder;

  private final LinkedBlockingQueue<HttpServerRequest> held = new LinkedBlockingQueue<>();
  private final HttpClient http = HttpClient.newHttpClient();
  private TestUpstream upstream;
  private Gateways gateways;

  @BeforeEach
  void start() throws Exception {
    upstream =
        new TestUpstream(
            request -> {
              if (request.path().matches("/[0-9]+")) {
                int status = Integer.parseInt(request.path().substring(1));
                request.response().setStatusCode(status).end();
              } else if (!request.path().equals("/silent")) {
                held.add(request);
              }
            });
  }

  @AfterEach
  void close() {
    if (gateways != null) {
      gateways.close();
    }
    upstream.close();
  }

  private void start(Counted counted, String limits) throws Exception {
    String rules =
        """
        upstreams:
          hasty: { targets: ["http://127.0.0.1:%d"], timeout: 300ms }
          up: { targets: ["http://127.0.0.1:%d"] }
          down: { targets: ["http://127.0.0.1:1"] }
          echo: { builtin: echo }
        routes:
          - { id: down, match: { path: /down }, upstream: down, limits: [default] }
          - { id: echo, match: { path: /echo }, upstream: echo, limits: [default] }
          - { id: silent, match: { path: /silent }, upstream: hasty, limits: [default] }
          - { id: heavy, match: { path: /501 }, upstream: up, limits: [default], cost: 3 }
          - { id: both, match: { path: /200, methods: [POST] }, upstream: up, limits: [default, kept] }
          - { id: all, upstream: up, limits: [default] }
        limits:
          kept: { by: [{ header: X-Client }], windows: { month: 1000 } }
          default: { by: [{ header: X-Client }], %s }
        """
            .formatted(upstream.port(), upstream.port(), limits);
    gateways = Gateways.start(folder, counted, rules);
  }

  /** Through the gateways in turn. */
  private HttpResponse<String> get(String path) throws Exception {
    return gateways.get(path, "X-Client", "c");
  }

  private int status(String path) throws Exception {
    return get(path).statusCode();
  }

  /** As many of the client's requests pass from now on, and not one more. */
  private void assertPass(int expected) throws Exception {
    int[] passed = {0};
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              while (status("/404") == 404) {
                passed[0]++;
              }
              return passed[0] >= expected;
            });
    for (int i = 0; i < 20; i++) {
      passed[0] += status("/404") == 404 ? 1 : 0;
    }
    assertThat(passed[0]).isEqualTo(expected);
  }

  @ParameterizedTest
  @EnumSource(Counted.class)
  void what_the_upstream_failed_at_is_not_charged(Counted counted) throws Exception {
    start(counted, "windows: { month: 5 }, refundOn: [5xx]");
    for (int i = 0; i < 30; i++) {
      assertThat(status("/503")).isEqualTo(503);
      assertThat(status("/500")).isEqualTo(500);
    }
    assertPass(5);
  }

  @ParameterizedTest
  @EnumSource(Counted.class)
  void only_failures_count_where_successes_are_refunded(Counted counted) throws Exception {
    start(counted, "windows: { month: 3 }, refundOn: [2xx]");
    for (int i = 0; i < 20; i++) {
      assertThat(status("/200")).isEqualTo(200);
    }
    assertPass(3);
    assertThat(status("/200")).isEqualTo(429); // also the right password
  }

  @ParameterizedTest
  @EnumSource(Counted.class)
  void a_limit_without_refunds_stays_charged(Counted counted) throws Exception {
    start(counted, "windows: { month: 5 }, refundOn: [200]");
    for (int i = 0; i < 10; i++) {
      RunningGateway gateway = gateways.next();
      var request =
          gateway
              .request("/200")
              .header("X-Client", "c")
              .POST(java.net.http.HttpRequest.BodyPublishers.noBody());
      HttpResponse<String> response = gateway.send(request);
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.headers().firstValue("RateLimit").orElseThrow())
          .contains("\"kept.month\";r=" + (999 - i) + ";");
    }
    assertPass(5);
  }

  @ParameterizedTest
  @EnumSource(Counted.class)
  void a_cost_is_refunded_whole_in_every_window(Counted counted) throws Exception {
    start(counted, "windows: { day: 12, month: 12 }, refundOn: [5xx]");
    for (int i = 0; i < 10; i++) {
      await().atMost(PATIENCE).until(() -> Gateways.left(get("/501"), "month") == 9);
    }
    assertPass(12);
  }

  @Test
  void what_the_gateway_answers_in_the_place_of_a_failed_upstream_is_not_charged()
      throws Exception {
    start(Counted.EMBEDDED, "windows: { month: 3 }, refundOn: [502, 504]");
    for (int i = 0; i < 4; i++) {
      assertThat(status("/down")).isEqualTo(502);
      assertThat(status("/silent")).isEqualTo(504);
    }
    assertPass(3);
  }

  @Test
  void a_response_that_proves_broken_before_it_leaves_counts_as_the_502_that_it_becomes()
      throws Exception {
    try (ScriptedUpstream scripted = new ScriptedUpstream()) {
      String limits =
          """

          limits: { default: { by: [address], windows: { month: 3 }, refundOn: [502] } }
          """;
      String rules =
          scripted.rules("").replace("upstream: up }", "upstream: up, limits: [default] }");
      gateways = Gateways.start(folder, Counted.EMBEDDED, rules + limits);
      String chunked = "HTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\n\r\n";
      scripted.answer(new ScriptedUpstream.Script(chunked + "zz\r\n", 1 << 16, false));
      RunningGateway gateway = gateways.next();
      for (int i = 0; i < 4; i++) {
        for (String rest : List.of("\r\n", "Content-Length: 1\r\n\r\nx")) {
          assertThat(gateway.raw("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n" + rest))
              .startsWith("HTTP/1.1 502 ");
        }
      }
      scripted.answer(new ScriptedUpstream.Script(chunked + "0\r\n\r\n", 1 << 16, false));
      for (int i = 0; i < 5; i++) {
        assertThat(gateway.get("/").statusCode()).isEqualTo(i < 3 ? 200 : 429);
      }
    }
  }

  @Test
  void the_builtin_upstream_counts_as_one_that_succeeds() throws Exception {
    start(Counted.EMBEDDED, "windows: { month: 3 }, refundOn: [2xx]");
    for (int i = 0; i < 6; i++) {
      assertThat(status("/echo")).isEqualTo(200);
    }
    assertPass(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"4xx, 5xx", "2xx"})
  void a_refused_request_and_one_whose_client_left_are_not_refunded(String refundOn)
      throws Exception {
    start(Counted.EMBEDDED, "windows: { month: 3 }, refundOn: [" + refundOn + "]");
    for (int i = 0; i < 3; i++) {
      try (Socket socket = gateways.next().connect()) {
        send(socket, "GET /hold HTTP/1.1\r\nHost: h\r\nX-Client: c\r\n\r\n");
        assertThat(held.poll(20, TimeUnit.SECONDS)).isNotNull();
      }
    }
    for (int i = 0; i < 30; i++) {
      assertThat(status("/200")).isEqualTo(429);
    }
  }

  @Test
  void a_broken_body_of_the_clients_is_not_refunded() throws Exception {
    start(Counted.EMBEDDED, "windows: { month: 3 }, refundOn: [4xx]");
    for (int i = 0; i < 3; i++) {
      try (Socket socket = gateways.next().connect()) {
        send(socket, "POST /hold HTTP/1.1\r\nHost: h\r\nX-Client: c\r\n");
        send(socket, "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
        assertThat(held.poll(20, TimeUnit.SECONDS)).isNotNull();
        send(socket, "zz\r\n");
        assertThat(until(socket, "\r\n\r\n")).startsWith("HTTP/1.1 400 ");
      }
    }
    assertThat(status("/200")).isEqualTo(429);
  }

  @ParameterizedTest
  @EnumSource(Counted.class)
  void what_is_under_way_is_charged_until_its_response_says_otherwise(Counted counted)
      throws Exception {
    start(counted, "windows: { month: 4 }, refundOn: [5xx]");
    List<Socket> sockets = new ArrayList<>();
    List<HttpServerRequest> requests = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Socket socket = gateways.next().connect();
      sockets.add(socket);
      send(socket, "GET /hold HTTP/1.1\r\nHost: h\r\nX-Client: c\r\n\r\n");
      requests.add(held.poll(20, TimeUnit.SECONDS));
    }
    for (long end = System.nanoTime() + 1_500_000_000L; System.nanoTime() - end < 0; ) {
      assertThat(status("/200")).isEqualTo(429); // until each node has come to believe it
    }
    for (int i = 0; i < 4; i++) {
      requests.get(i).response().setStatusCode(i < 3 ? 503 : 404).end();
      assertThat(until(sockets.get(i), "\r\n\r\n"))
          .startsWith(i < 3 ? "HTTP/1.1 503" : "HTTP/1.1 4");
      sockets.get(i).close();
    }
    assertPass(3);
  }

  private List<Integer> burst(String path, int count) {
    List<CompletableFuture<Integer>> answers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      var request = gateways.next().request(path).header("X-Client", "c").build();
      answers.add(
          http.sendAsync(request, HttpResponse.BodyHandlers.discarding())
              .thenApply(HttpResponse::statusCode));
    }
    return answers.stream().map(CompletableFuture::join).toList();
  }

  @ParameterizedTest
  @EnumSource(Counted.class)
  void under_load_exactly_the_quota_passes_beside_what_is_refunded(Counted counted)
      throws Exception {
    start(counted, "windows: { month: 1000 }, refundOn: [503]");
    int passed = 0;
    for (int i = 0; i < 8; i++) {
      assertThat(burst("/503", 200)).isSubsetOf(503, 429);
      List<Integer> statuses = burst("/404", 50);
      passed += (int) statuses.stream().filter(status -> status == 404).count();
    }
    assertPass(1_000 - passed);
    double refunded = 0;
    for (RunningGateway gateway : gateways.all) {
      String scraped = gateway.manage("/metrics").body();
      refunded +=
          scraped
              .lines()
              .filter(line -> line.startsWith("apitwo_refunded_quota_total"))
              .mapToDouble(line -> Double.parseDouble(line.split(" ")[1]))
              .sum();
    }
    long failed = upstream.seen().stream().filter(seen -> seen.endsWith("/503")).count();
    assertThat(refunded).isEqualTo(failed);
  }
}
