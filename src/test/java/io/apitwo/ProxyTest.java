package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The gateway as a reverse proxy, over real sockets. */
class ProxyTest {
  @TempDir Path folder;

  /** Connections that a raw upstream took. */
  private final AtomicInteger taken = new AtomicInteger();

  private static void headersBack(HttpServerRequest request) {
    StringBuilder text = new StringBuilder();
    request
        .headers()
        .forEach(
            (name, value) ->
                text.append(name.toLowerCase()).append(": ").append(value).append('\n'));
    request.response().end(text.toString());
  }

  private static void bodyBack(HttpServerRequest request) {
    request.response().setChunked(true);
    request.pipeTo(request.response());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 1_000, 5_000_000})
  void bodies_pass_both_ways_with_and_without_a_length(int size) throws Exception {
    byte[] body = new byte[size];
    new java.util.Random(size).nextBytes(body);
    try (TestUpstream upstream = new TestUpstream(ProxyTest::bodyBack);
        RunningGateway gateway = RunningGateway.start(folder, upstream.rules(""))) {
      java.net.http.HttpClient client = java.net.http.HttpClient.newHttpClient();
      for (HttpRequest.BodyPublisher publisher :
          java.util.List.of(
              HttpRequest.BodyPublishers.ofByteArray(body),
              HttpRequest.BodyPublishers.ofInputStream(
                  () -> new java.io.ByteArrayInputStream(body)))) {
        HttpResponse<byte[]> response =
            client.send(
                gateway.request("/x").POST(publisher).build(),
                HttpResponse.BodyHandlers.ofByteArray());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo(body);
      }
    }
  }

  @Test
  void status_and_headers_of_the_upstream_pass_and_its_connection_headers_do_not()
      throws Exception {
    try (TestUpstream upstream =
            new TestUpstream(
                request ->
                    request
                        .response()
                        .setStatusCode(418)
                        .putHeader("X-Two", (Iterable<String>) java.util.List.of("a", "b"))
                        .putHeader("Connection", "keep-alive, X-Hop")
                        .putHeader("X-Hop", "1")
                        .putHeader("Keep-Alive", "timeout=5")
                        .end("tea"));
        RunningGateway gateway = RunningGateway.start(folder, upstream.rules(""))) {
      HttpResponse<String> response = gateway.get("/");
      assertThat(response.statusCode()).isEqualTo(418);
      assertThat(response.body()).isEqualTo("tea");
      assertThat(response.headers().allValues("X-Two")).containsExactly("a", "b");
      assertThat(response.headers().map()).doesNotContainKeys("connection", "x-hop", "keep-alive");
    }
  }

  @Test
  void an_upstream_learns_who_asked_and_no_stranger_can_lie_about_it() throws Exception {
    try (TestUpstream upstream = new TestUpstream(ProxyTest::headersBack);
        RunningGateway gateway = RunningGateway.start(folder, upstream.rules(""))) {
      String seen =
          gateway.raw(
              "GET / HTTP/1.1\r\nHost: api.example:81\r\nX-Forwarded-For: 9.9.9.9\r\n"
                  + "Forwarded: for=9.9.9.9\r\nX-Real-IP: 9.9.9.9\r\nConnection: close, X-Hop\r\n"
                  + "X-Hop: 1\r\nTE: trailers\r\nX-Keep: 1\r\n\r\n");
      assertThat(seen)
          .contains("x-forwarded-for: 127.0.0.1\n")
          .contains("x-forwarded-proto: http\n")
          .contains("x-forwarded-host: api.example:81\n")
          .contains("forwarded: for=127.0.0.1;host=\"api.example:81\";proto=http\n")
          .contains("host: 127.0.0.1:" + upstream.port())
          .contains("x-keep: 1")
          .doesNotContain("9.9.9.9", "x-hop", "te: ");
    }
  }

  @Test
  void a_trusted_proxy_is_believed() throws Exception {
    try (TestUpstream upstream = new TestUpstream(ProxyTest::headersBack);
        RunningGateway gateway =
            RunningGateway.start(
                folder, upstream.rules(""), "PROXY_TRUSTED_PROXIES", "127.0.0.0/8")) {
      String seen =
          gateway.get("/", "X-Forwarded-For", "9.9.9.9", "X-Forwarded-Proto", "https").body();
      assertThat(seen)
          .contains("x-forwarded-for: 9.9.9.9, 127.0.0.1\n", "x-forwarded-proto: https\n");
    }
  }

  @Test
  void a_trusted_proxys_word_says_which_client_is_limited() throws Exception {
    String rules = LimitingTest.echo("by: [address], windows: { month: 1 }");
    try (RunningGateway gateway =
        RunningGateway.start(folder, rules, "PROXY_TRUSTED_PROXIES", "127.0.0.1")) {
      HttpResponse<String> first = gateway.get("/", "X-Forwarded-For", "8.8.8.8, 9.9.9.9");
      assertThat(first.body()).isEqualTo("{\"origin\":\"9.9.9.9\"}");
      assertThat(gateway.get("/", "X-Forwarded-For", "9.9.9.9").statusCode()).isEqualTo(429);
      assertThat(gateway.get("/", "X-Forwarded-For", "7.7.7.7").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void what_is_matched_is_what_is_forwarded() throws Exception {
    try (TestUpstream upstream = new TestUpstream(request -> request.response().end());
        RunningGateway gateway = RunningGateway.start(folder, upstream.rules(""))) {
      gateway.raw("GET /a//b/../%63?x=%2f HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
      gateway.raw("GET http://h/y HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
      assertThat(upstream.seen()).containsExactly("GET /a/c?x=%2f", "GET /y");
    }
  }

  @Test
  void the_first_route_that_matches_serves_and_none_is_404() throws Exception {
    try (TestUpstream one = new TestUpstream(request -> request.response().end("one"));
        TestUpstream two = new TestUpstream(request -> request.response().end("two"))) {
      String rules =
          """
          upstreams:
            one: { targets: ["http://127.0.0.1:%d"] }
            two: { targets: ["http://localhost:%d"] }
          routes:
            - { id: a, match: { path: /a/**, methods: [GET] }, upstream: one }
            - { id: b, match: { host: 127.0.0.1, path: /a/** }, upstream: two }
          """
              .formatted(one.port(), two.port());
      try (RunningGateway gateway = RunningGateway.start(folder, rules)) {
        assertThat(gateway.get("/a/x").body()).isEqualTo("one");
        assertThat(gateway.send(gateway.request("/a").DELETE()).body()).isEqualTo("two");
        assertThat(gateway.get("/b").statusCode()).isEqualTo(404);
        assertThat(gateway.get("/b").body()).isEqualTo("{\"msg\":\"No route\",\"code\":404}");
      }
    }
  }

  @Test
  void head_has_the_length_and_no_body_and_204_has_neither() throws Exception {
    try (TestUpstream upstream =
            new TestUpstream(
                request -> {
                  if (request.path().equals("/none")) {
                    request.response().setStatusCode(204).end();
                  } else {
                    request
                        .response()
                        .putHeader("Content-Length", "5")
                        .end(request.method().name().equals("HEAD") ? "" : "hello");
                  }
                });
        RunningGateway gateway = RunningGateway.start(folder, upstream.rules(""))) {
      String head =
          gateway.raw(
              "HEAD / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
      assertThat(head.toLowerCase()).containsOnlyOnce("hello").contains("content-length: 5");
      HttpResponse<String> none = gateway.get("/none");
      assertThat(none.statusCode()).isEqualTo(204);
      assertThat(none.body()).isEmpty();
    }
  }

  @Test
  void an_http_1_0_client_gets_a_body_that_ends_with_the_connection() throws Exception {
    try (TestUpstream upstream =
            new TestUpstream(
                request -> {
                  request.response().setChunked(true).write("one");
                  request.response().end("two");
                });
        RunningGateway gateway = RunningGateway.start(folder, upstream.rules(""))) {
      try (Socket socket = new Socket("127.0.0.1", gateway.gateway.proxyPort())) {
        socket.setSoTimeout(5_000);
        socket
            .getOutputStream()
            .write(
                "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII));
        String response =
            new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        assertThat(response).startsWith("HTTP/1.0 200").endsWith("\r\n\r\nonetwo");
      }
    }
  }

  @Test
  void a_body_is_not_asked_for_before_the_limits_have_let_the_request_pass() throws Exception {
    try (TestUpstream upstream = new TestUpstream(ProxyTest::bodyBack)) {
      String rules =
          """
          upstreams: { up: { targets: ["http://127.0.0.1:%d"] } }
          routes: [{ id: all, upstream: up, limits: [default] }]
          limits: { default: { by: [address], windows: { month: 1 } } }
          """
              .formatted(upstream.port());
      try (RunningGateway gateway = RunningGateway.start(folder, rules)) {
        HttpResponse<String> first =
            gateway.send(
                gateway
                    .request("/")
                    .expectContinue(true)
                    .POST(HttpRequest.BodyPublishers.ofString("hi")));
        assertThat(first.body()).isEqualTo("hi");
        assertThat(first.headers().firstValue("RateLimit-Policy")).isPresent();
        String refused =
            gateway.raw(
                "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n");
        assertThat(refused).startsWith("HTTP/1.1 429").doesNotContain("100 Continue");
      }
    }
  }

  @Test
  void who_speaks_http_1_0_gets_no_answer_before_the_answer() throws Exception {
    try (TestUpstream upstream =
            new TestUpstream(
                request -> request.body().onSuccess(body -> request.response().end(body)));
        RunningGateway gateway = RunningGateway.start(folder, rulesFor(upstream.port(), ""))) {
      String answer =
          gateway.raw(
              "POST / HTTP/1.0\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\nhi");
      assertThat(answer).matches("(?s)HTTP/1\\.\\d 200 .*").endsWith("hi");
    }
  }

  @Test
  void an_upstream_that_refuses_is_502() throws Exception {
    try (Socket refusing = refusing()) {
      try (RunningGateway gateway =
          RunningGateway.start(folder, rulesFor(refusing.getLocalPort(), ""))) {
        HttpResponse<String> response = gateway.get("/");
        assertThat(response.statusCode()).isEqualTo(502);
        assertThat(response.body()).isEqualTo("{\"msg\":\"Bad gateway\",\"code\":502}");
      }
    }
  }

  @Test
  void a_target_that_is_down_is_replaced_by_one_that_is_up() throws Exception {
    try (Socket refusing = refusing();
        TestUpstream upstream = new TestUpstream(request -> request.response().end("up"))) {
      String rules =
          "upstreams: { up: { targets: [\"http://127.0.0.1:%d\", \"http://127.0.0.1:%d\"] } }\nroutes: [{ id: a, upstream: up }]"
              .formatted(refusing.getLocalPort(), upstream.port());
      try (RunningGateway gateway = RunningGateway.start(folder, rules)) {
        for (int i = 0; i < 6; i++) {
          assertThat(gateway.get("/").body()).isEqualTo("up");
        }
      }
    }
  }

  /** Holds a port on which connections are refused, for nobody listens, and nobody else can. */
  private static Socket refusing() throws IOException {
    Socket socket = new Socket();
    socket.bind(new java.net.InetSocketAddress("127.0.0.1", 0));
    return socket;
  }

  private static String rulesFor(int port, String options) {
    return "upstreams: { up: { targets: [\"http://127.0.0.1:%d\"]%s } }\nroutes: [{ id: a, upstream: up }]"
        .formatted(port, options);
  }

  /** Answers each connection's first request with some bytes, then closes. */
  private ServerSocket rawUpstream(String answer, int linger) throws IOException {
    ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread thread =
        new Thread(
            () -> {
              while (!server.isClosed()) {
                try (Socket socket = server.accept()) {
                  taken.incrementAndGet();
                  RunningGateway.until(socket, "\r\n\r\n");
                  socket.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
                  if (linger >= 0) {
                    socket.setSoLinger(true, linger);
                  }
                } catch (IOException left) {
                  // by the gateway, or for good: then the loop ends
                }
              }
            });
    thread.setDaemon(true);
    thread.start();
    return server;
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "garbage\r\n\r\n"})
  void an_upstream_that_breaks_off_or_talks_nonsense_is_502(String answer) throws Exception {
    try (ServerSocket server = rawUpstream(answer, 0)) {
      String rules =
          "upstreams: { up: { targets: [\"http://127.0.0.1:%d\"] } }\nroutes: [{ id: a, upstream: up }]"
              .formatted(server.getLocalPort());
      try (RunningGateway gateway = RunningGateway.start(folder, rules)) {
        assertThat(gateway.get("/").statusCode()).isEqualTo(502);
      }
    }
  }

  @Test
  void an_upstream_that_ends_amid_a_head_is_a_clean_error() throws Exception {
    try (ServerSocket server = rawUpstream("HTTP/1.1 200 OK\r\nContent-Le", 0)) {
      String rules =
          "upstreams: { up: { targets: [\"http://127.0.0.1:%d\"], timeout: 300ms } }\nroutes: [{ id: a, upstream: up }]"
              .formatted(server.getLocalPort());
      try (RunningGateway gateway = RunningGateway.start(folder, rules)) {
        assertThat(gateway.get("/").statusCode()).isIn(502, 504);
      }
    }
  }

  @Test
  void an_answer_that_comes_before_the_body_is_read_leaves_the_connection_in_order()
      throws Exception {
    try (TestUpstream upstream =
            new TestUpstream(
                request -> {
                  if (request.path().equals("/early")) {
                    request.pause();
                    request.response().setStatusCode(413).end("too large");
                  } else {
                    request.response().end("next");
                  }
                });
        RunningGateway gateway = RunningGateway.start(folder, upstream.rules(""));
        Socket socket = new Socket("127.0.0.1", gateway.gateway.proxyPort())) {
      socket.setSoTimeout(10_000);
      socket
          .getOutputStream()
          .write(
              "POST /early HTTP/1.1\r\nHost: h\r\nContent-Length: 8000000\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      socket.getOutputStream().write(new byte[8_000_000]);
      socket
          .getOutputStream()
          .write(
              "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"
                  .getBytes(StandardCharsets.US_ASCII));
      String both = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
      assertThat(both).startsWith("HTTP/1.1 413").endsWith("next");
    }
  }

  @Test
  void a_response_that_proves_broken_before_it_leaves_is_502_and_leaves_no_header_behind()
      throws Exception {
    String broken = "HTTP/1.1 200 OK\r\nX-Left: 1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n";
    try (ServerSocket server = rawUpstream(broken, -1)) {
      String rules =
          "upstreams: { up: { targets: [\"http://127.0.0.1:%d\"] } }\nroutes: [{ id: a, upstream: up }]"
              .formatted(server.getLocalPort());
      try (RunningGateway gateway = RunningGateway.start(folder, rules)) {
        HttpResponse<String> response = gateway.get("/");
        assertThat(response.statusCode()).isEqualTo(502);
        assertThat(response.headers().map()).doesNotContainKey("x-left");
        assertThat(taken.get()).as("requests sent").isEqualTo(1);
      }
    }
  }

  @Test
  void half_a_body_is_not_passed_off_as_a_whole_one() throws Exception {
    try (ServerSocket server =
        rawUpstream("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", -1)) {
      String rules =
          "upstreams: { up: { targets: [\"http://127.0.0.1:%d\"] } }\nroutes: [{ id: a, upstream: up }]"
              .formatted(server.getLocalPort());
      try (RunningGateway gateway = RunningGateway.start(folder, rules)) {
        org.assertj.core.api.Assertions.assertThatThrownBy(() -> gateway.get("/"))
            .isInstanceOf(IOException.class);
      }
    }
  }

  @Test
  void a_silent_upstream_is_504_and_its_request_is_ended() throws Exception {
    AtomicReference<Boolean> ended = new AtomicReference<>(false);
    try (TestUpstream upstream =
            new TestUpstream(
                request -> request.connection().closeHandler(closed -> ended.set(true)));
        RunningGateway gateway = RunningGateway.start(folder, upstream.rules(", timeout: 300ms"))) {
      HttpResponse<String> response = gateway.get("/");
      assertThat(response.statusCode()).isEqualTo(504);
      assertThat(response.body()).isEqualTo("{\"msg\":\"Gateway timeout\",\"code\":504}");
      Awaitility.await().atMost(Duration.ofSeconds(5)).until(ended::get);
    }
  }

  @Test
  void a_client_that_leaves_ends_its_request_at_the_upstream() throws Exception {
    AtomicReference<Boolean> ended = new AtomicReference<>(false);
    try (TestUpstream upstream =
            new TestUpstream(
                request -> request.connection().closeHandler(closed -> ended.set(true)));
        RunningGateway gateway =
            RunningGateway.start(folder, upstream.rules(""), "ACCESS_LOG", "text")) {
      try (Socket socket = new Socket("127.0.0.1", gateway.gateway.proxyPort())) {
        socket
            .getOutputStream()
            .write("GET /gone HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        Awaitility.await().atMost(Duration.ofSeconds(5)).until(() -> !upstream.seen().isEmpty());
      }
      Awaitility.await().atMost(Duration.ofSeconds(5)).until(ended::get);
      Awaitility.await()
          .atMost(Duration.ofSeconds(5))
          .until(() -> gateway.accessLog.toString().contains("\"GET /gone HTTP/1.1\" 499"));
    }
  }

  @Test
  void a_slow_client_holds_the_upstream_back() throws Exception {
    java.util.concurrent.atomic.AtomicLong written = new java.util.concurrent.atomic.AtomicLong();
    Buffer chunk = Buffer.buffer(new byte[65_536]);
    try (TestUpstream upstream =
            new TestUpstream(
                request -> {
                  request.response().setChunked(true);
                  pump(request, chunk, written);
                });
        RunningGateway gateway = RunningGateway.start(folder, upstream.rules(""))) {
      try (Socket socket = new Socket()) {
        socket.setReceiveBufferSize(65_536);
        socket.connect(new java.net.InetSocketAddress("127.0.0.1", gateway.gateway.proxyPort()));
        socket
            .getOutputStream()
            .write("GET / HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        InputStream in = socket.getInputStream();
        assertThat(in.read()).isEqualTo('H');
        AtomicReference<Long> last = new AtomicReference<>(-1L);
        Awaitility.await()
            .atMost(Duration.ofSeconds(20))
            .pollInterval(Duration.ofMillis(500))
            .until(() -> last.getAndSet(written.get()) == written.get());
        assertThat(written.get()).isLessThan(64L << 20); // socket buffers, and no more
      }
    }
  }

  private static void pump(
      HttpServerRequest request, Buffer chunk, java.util.concurrent.atomic.AtomicLong written) {
    while (!request.response().writeQueueFull() && !request.response().closed()) {
      written.addAndGet(chunk.length());
      request.response().write(chunk);
    }
    request.response().drainHandler(drained -> pump(request, chunk, written));
  }
}
