package io.apitwo;

import static io.apitwo.RunningGateway.send;
import static io.apitwo.RunningGateway.until;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Limits by a field of the body: it is looked into and goes on as it came. Each client may come
 * once in a month, so a second request passes only if it is another client's.
 */
class BodyKeysTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final int MOST = 8_192;

  @TempDir Path folder;

  private final List<String> bodies = new CopyOnWriteArrayList<>();
  private final List<String> expects = new CopyOnWriteArrayList<>();
  private TestUpstream upstream;
  private RunningGateway gateway;

  @BeforeEach
  void upstream() throws Exception {
    upstream =
        new TestUpstream(
            request -> {
              expects.add(String.valueOf(request.getHeader("Expect")));
              if (request.path().equals("/early")) {
                request.response().setStatusCode(413).end("too much");
              } else {
                digest(request);
              }
            });
  }

  private void digest(HttpServerRequest request) {
    MessageDigest sha256 = sha256();
    long[] bytes = {0};
    request.handler(
        chunk -> {
          sha256.update(chunk.getBytes());
          bytes[0] += chunk.length();
        });
    request.endHandler(
        ended -> {
          bodies.add(bytes[0] + " " + HexFormat.of().formatHex(sha256.digest()));
          request.response().end("done");
        });
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (java.security.NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private static String digest(byte[] body) {
    return body.length + " " + HexFormat.of().formatHex(sha256().digest(body));
  }

  @AfterEach
  void close() {
    if (gateway != null) {
      gateway.close();
    }
    upstream.close();
  }

  private void start(String limit, String... settings) throws Exception {
    start("http://127.0.0.1:" + upstream.port(), limit, settings);
  }

  private void start(String targets, String limit, String[] settings) throws Exception {
    String rules =
        """
        upstreams: { up: { targets: [%s] } }
        routes: [{ id: all, upstream: up, limits: [login] }]
        limits: { login: { by: [{ body: account }], missing: anonymous, %s } }
        """
            .formatted(targets, limit);
    gateway = RunningGateway.start(folder, rules, settings);
  }

  private void start() throws Exception {
    start("windows: { month: 1 }");
  }

  private int post(String type, byte[] body) throws Exception {
    return post(type, HttpRequest.BodyPublishers.ofByteArray(body));
  }

  private int post(String type, HttpRequest.BodyPublisher body) throws Exception {
    return gateway.send(gateway.request("/").header("Content-Type", type).POST(body)).statusCode();
  }

  private int json(String body) throws Exception {
    return post("application/json", body.getBytes(StandardCharsets.UTF_8));
  }

  private int form(String body) throws Exception {
    return post("application/x-www-form-urlencoded", body.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void a_field_of_a_json_object_or_a_form() throws Exception {
    start();
    assertThat(json("{\"account\":\"bob\",\"password\":\"1\"}")).isEqualTo(200);
    assertThat(json("{ \"password\" : [{\"account\":\"x\"}], \"\\u0061ccount\":\"b\\u006fb\" }"))
        .isEqualTo(429);
    assertThat(form("password=2&account=bob")).isEqualTo(429);
    assertThat(form("acc%6funt=b%6Fb")).isEqualTo(429);
    assertThat(post("application/vnd.api+json; charset=utf-8", "{\"account\":\"bob\"}".getBytes()))
        .isEqualTo(429);
    assertThat(json("{\"account\":\"eve\"}")).isEqualTo(200);
    assertThat(json("{\"account\":7}")).isEqualTo(200);
    assertThat(form("account=7")).isEqualTo(429);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"account\":\"a\",\"account\":\"b\"}",
        "{\"account\":null}",
        "{\"account\":[\"a\"]}",
        "{\"account\":\"\"}",
        "{\"account\":7.0}",
        "{\"account\":\"a\"",
        "{\"account\":\"a\"} x",
        "[{\"account\":\"a\"}]",
        "{\"user\":{\"account\":\"a\"}}",
        ""
      })
  void what_is_not_one_field_is_nobodys_and_goes_on_all_the_same(String body) throws Exception {
    start();
    assertThat(json(body)).isEqualTo(200);
    assertThat(json(body)).isEqualTo(429);
    assertThat(form("account=a&account=b")).isEqualTo(429); // nobody's as well
    assertThat(post("text/plain", "account=c".getBytes())).isEqualTo(429);
    assertThat(json("{\"account\":\"a\"}")).isEqualTo(200);
    assertThat(bodies.get(0)).isEqualTo(digest(body.getBytes(StandardCharsets.UTF_8)));
  }

  /** A form of so many bytes. */
  private static byte[] form(String account, int bytes) {
    byte[] body = new byte[bytes];
    Arrays.fill(body, (byte) 'x');
    byte[] head = ("account=" + account + "&p=").getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(head, 0, body, 0, head.length);
    return body;
  }

  private static HttpRequest.BodyPublisher chunked(byte[] body) {
    return HttpRequest.BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(body));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_body_of_at_most_8_kib_is_looked_into(boolean chunked) throws Exception {
    start();
    String type = "application/x-www-form-urlencoded";
    byte[] largest = form("bob", MOST);
    byte[] larger = form("eve", MOST + 1);
    byte[] other = form("joe", MOST + 1);
    for (byte[] body : List.of(largest, larger)) {
      assertThat(post(type, chunked ? chunked(body) : publisher(body))).isEqualTo(200);
    }
    assertThat(post(type, chunked ? chunked(other) : publisher(other))).isEqualTo(429); // nobody's
    assertThat(form("account=bob")).isEqualTo(429);
    assertThat(form("account=eve")).isEqualTo(200);
    assertThat(bodies)
        .containsExactly(digest(largest), digest(larger), digest("account=eve".getBytes()));
  }

  private static HttpRequest.BodyPublisher publisher(byte[] body) {
    return HttpRequest.BodyPublishers.ofByteArray(body);
  }

  @ParameterizedTest
  @CsvSource({"0", "1", "8191", "8192", "8193", "16384", "70000", "1000000", "5000000"})
  void a_body_reaches_the_upstream_byte_for_byte(int bytes) throws Exception {
    start("windows: { month: 1000 }");
    byte[] body = new byte[bytes];
    new Random(bytes).nextBytes(body);
    assertThat(post("application/json", publisher(body))).isEqualTo(200);
    assertThat(post("application/json", chunked(body))).isEqualTo(200);
    assertThat(bodies).containsExactly(digest(body), digest(body));
  }

  @Test
  void a_body_in_single_bytes_is_put_together() throws Exception {
    start();
    String body = "{\"account\":\"bob\"}";
    try (Socket socket = gateway.connect()) {
      socket.setTcpNoDelay(true);
      send(socket, "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n");
      send(socket, "Transfer-Encoding: chunked\r\n\r\n");
      for (char c : body.toCharArray()) {
        send(socket, "1\r\n" + c + "\r\n");
      }
      send(socket, "0\r\n\r\n");
      assertThat(until(socket, "done")).startsWith("HTTP/1.1 200 ");
    }
    assertThat(json(body)).isEqualTo(429);
    assertThat(bodies).containsExactly(digest(body.getBytes()));
  }

  @Test
  void a_client_that_waits_to_be_asked_for_its_body_is_asked() throws Exception {
    start();
    String head =
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 17\r\n"
            + "Expect: 100-continue\r\n\r\n";
    try (Socket socket = gateway.connect()) {
      for (String status : List.of("200", "429")) { // and the connection serves the next one
        send(socket, head);
        assertThat(until(socket, "\r\n\r\n")).isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
        send(socket, "{\"account\":\"bob\"}");
        assertThat(until(socket, "\r\n\r\n")).startsWith("HTTP/1.1 " + status);
        until(socket, status.equals("200") ? "done" : "}");
      }
      send(socket, head.replace("17", "9000"));
      assertThat(until(socket, "\r\n\r\n")).startsWith("HTTP/1.1 100 "); // for it may pass
      socket.getOutputStream().write(form("x", 9_000));
      assertThat(until(socket, "done")).startsWith("HTTP/1.1 200 ");
      send(socket, head.replace("17", "9000"));
      assertThat(until(socket, "\r\n\r\n")).startsWith("HTTP/1.1 429 ");
    }
    assertThat(expects).containsOnly("null");
  }

  @Test
  void pipelined_requests_are_answered_in_their_order_each_by_its_own_body() throws Exception {
    start();
    StringBuilder all = new StringBuilder();
    for (String account : List.of("a", "b", "a", "c")) {
      String body = "{\"account\":\"" + account + "\"}";
      all.append("POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n");
      all.append("Content-Length: ").append(body.length());
      all.append(account.equals("c") ? "\r\nConnection: close" : "").append("\r\n\r\n");
      all.append(body);
    }
    String answers = gateway.raw(all.toString());
    assertThat(gateway.log.toString()).doesNotContain("ERROR");
    assertThat(Pattern.compile("HTTP/1.1 ([0-9]+)").matcher(answers).results().map(r -> r.group(1)))
        .containsExactly("200", "200", "429", "200");
    assertThat(bodies)
        .containsExactly(
            digest("{\"account\":\"a\"}".getBytes()),
            digest("{\"account\":\"b\"}".getBytes()),
            digest("{\"account\":\"c\"}".getBytes()));
  }

  @Test
  void a_body_that_never_ends_is_given_up_and_reaches_nobody() throws Exception {
    start("windows: { month: 1 }", "PROXY_IDLE_TIMEOUT", "1s");
    try (Socket socket = gateway.connect()) {
      send(socket, "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n");
      send(socket, "Content-Length: 100\r\n\r\n{\"account\":");
      assertThat(json("{\"account\":\"bob\"}")).isEqualTo(200); // others do not wait
      assertThat(socket.getInputStream().readAllBytes()).isEmpty(); // it is closed
    }
    assertThat(upstream.seen()).hasSize(1);
  }

  @Test
  void a_client_that_leaves_before_its_body_is_whole_reaches_nobody() throws Exception {
    start();
    for (int i = 0; i < 20; i++) {
      try (Socket socket = gateway.connect()) {
        send(socket, "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n");
        send(socket, "Content-Length: 17\r\n\r\n{\"account\":");
      }
    }
    assertThat(json("{\"account\":\"bob\"}")).isEqualTo(200);
    assertThat(upstream.seen()).hasSize(1);
    assertThat(gateway.log.toString()).doesNotContain("ERROR");
  }

  @Test
  void a_small_body_that_cannot_be_read_is_answered_400() throws Exception {
    start();
    String broken =
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\nzz\r\n";
    assertThat(gateway.raw(broken)).startsWith("HTTP/1.1 400 ");
    assertThat(upstream.seen()).isEmpty();
  }

  @Test
  void an_upstream_that_answers_before_a_large_body_is_read_is_heard() throws Exception {
    start("windows: { month: 10 }");
    try (Socket socket = gateway.connect()) {
      send(socket, "POST /early HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\n");
      socket.getOutputStream().write(new byte[100_000]);
      assertThat(until(socket, "too much")).startsWith("HTTP/1.1 413 ");
      socket.getOutputStream().write(new byte[900_000]); // dropped
      send(socket, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc");
      assertThat(until(socket, "done")).startsWith("HTTP/1.1 200 ");
    }
    assertThat(bodies).containsExactly(digest("abc".getBytes()));
  }

  @Test
  void a_body_goes_whole_to_the_next_target_when_the_first_is_down() throws Exception {
    start(
        "\"http://127.0.0.1:1\", \"http://127.0.0.1:" + upstream.port() + "\"",
        "windows: { month: 100 }",
        new String[0]);
    byte[] large = form("bob", 100_000);
    for (int i = 0; i < 4; i++) {
      assertThat(form("account=a" + i)).isEqualTo(200);
      assertThat(post("application/x-www-form-urlencoded", chunked(large))).isEqualTo(200);
      assertThat(bodies.get(2 * i)).isEqualTo(digest(("account=a" + i).getBytes()));
      assertThat(bodies.get(2 * i + 1)).isEqualTo(digest(large));
    }
  }

  /** A server that takes connections and reads nothing. */
  @Test
  void an_upstream_that_reads_nothing_holds_the_client_back() throws Exception {
    try (ServerSocket deaf = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      start("http://127.0.0.1:" + deaf.getLocalPort(), "windows: { month: 10 }", new String[0]);
      try (Socket socket = gateway.connect()) {
        send(socket, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000000\r\n\r\n");
        AtomicLong sent = new AtomicLong();
        Thread writer = new Thread(() -> write(socket, sent));
        writer.setDaemon(true);
        writer.start();
        long[] before = {-1};
        await()
            .atMost(PATIENCE)
            .pollInterval(Duration.ofMillis(700))
            .until(
                () -> {
                  boolean stands = sent.get() == before[0];
                  before[0] = sent.get();
                  return stands;
                });
        assertThat(sent.get()).isBetween(1L, 50_000_000L);
      }
    }
  }

  private static void write(Socket socket, AtomicLong sent) {
    byte[] some = new byte[65_536];
    try {
      OutputStream out = socket.getOutputStream();
      while (sent.get() < 1_000_000_000L) {
        out.write(some);
        sent.addAndGet(some.length);
      }
    } catch (IOException over) {
      // the test has ended
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {17, 100_000})
  void a_body_over_http_2(int bytes) throws Exception {
    TestCertificate.in(folder);
    start(
        "windows: { month: 1 }",
        "PROXY_TLS_PORT",
        "0",
        "PROXY_TLS_CERT",
        folder.resolve("cert.pem").toString(),
        "PROXY_TLS_KEY",
        folder.resolve("key.pem").toString());
    byte[] body = bytes == 17 ? "{\"account\":\"bob\"}".getBytes() : form("eve", bytes);
    Vertx vertx = Vertx.vertx();
    try {
      for (String status : List.of("200", "429", "429")) {
        boolean announced = !status.equals("429");
        assertThat(overHttp2(vertx, body, announced)).isEqualTo(status);
      }
    } finally {
      vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    }
    assertThat(bodies).containsExactly(digest(body));
    assertThat(json("{\"account\":\"bob\"}")).isEqualTo(bytes == 17 ? 429 : 200);
  }

  private String overHttp2(Vertx vertx, byte[] body, boolean announced) throws Exception {
    io.vertx.core.http.HttpClient client =
        vertx.createHttpClient(
            new HttpClientOptions()
                .setProtocolVersion(HttpVersion.HTTP_2)
                .setUseAlpn(true)
                .setSsl(true)
                .setTrustAll(true)
                .setVerifyHost(false)
                .setDefaultHost("localhost")
                .setDefaultPort(gateway.gateway.tlsPort()));
    Future<String> status =
        client
            .request(HttpMethod.POST, "/")
            .compose(request -> ask(request, body, announced))
            .map(code -> Integer.toString(code));
    String result = status.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    client.close();
    return result;
  }

  private static Future<Integer> ask(HttpClientRequest request, byte[] body, boolean announced) {
    request.putHeader("Content-Type", "application/json");
    if (announced) {
      request.putHeader("Content-Length", Integer.toString(body.length));
    } else {
      request.setChunked(true);
    }
    request.end(Buffer.buffer(body));
    return request.response().map(response -> response.statusCode());
  }

  @Test
  void a_get_without_a_body_is_nobodys() throws Exception {
    start();
    HttpResponse<String> first = gateway.get("/", "Content-Type", "application/json");
    assertThat(first.statusCode()).isEqualTo(200);
    assertThat(gateway.get("/").statusCode()).isEqualTo(429);
  }
}
