package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.apitwo.ScriptedUpstream.Script;
import io.netty.util.ResourceLeakDetector;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What becomes of an upstream's bytes. A request without a body goes by a connection of our own,
 * one with a body by the library's client: from the same bytes both make the same answer.
 */
class UpstreamBytesTest {
  private static final String OK = "HTTP/1.1 200 OK\r\n";
  private static final String WHOLE = OK + "Content-Length: 4\r\n\r\nbody";
  private static final String CHUNKED = OK + "Transfer-Encoding: chunked\r\n";
  private static final String BAD = "HTTP/1.1 502 ";
  private static final String FINE = "(?s)HTTP/1.1 200 OK\r\n.*\r\n\r\nbody";

  @TempDir static Path folder;
  private static ScriptedUpstream upstream;
  private static RunningGateway gateway;

  @BeforeAll
  static void start() throws Exception {
    upstream = new ScriptedUpstream();
    gateway = RunningGateway.start(folder, upstream.rules(", timeout: 2s"), "PROXY_INSTANCES", "1");
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
    upstream.close();
  }

  /** Left open, so that the connection may be used again. */
  private static Script open(String bytes) {
    return new Script(bytes, 1 << 16, false);
  }

  private static Script closed(String bytes) {
    return new Script(bytes, 1 << 16, true);
  }

  private static Arguments of(String what, Script script, String answer) {
    return arguments(what, "GET", script, answer);
  }

  private static Stream<Arguments> answers() {
    return Stream.of(
        of("a body with a length", open(WHOLE), FINE),
        of("byte by byte", new Script(WHOLE, 1, false), FINE),
        of(
            "headers of all kinds",
            open(OK + "A: \u00e9\tx\r\nb:\r\nContent-Length: 4\r\n\r\nbody"),
            FINE),
        of("a folded header", open(OK + "A: b\r\n c\r\nContent-Length: 4\r\n\r\nbody"), FINE),
        of(
            "no reason",
            open("HTTP/1.1 200 \r\nContent-Length: 4\r\n\r\nbody"),
            "(?s).* 200 .*body"),
        of(
            "another reason",
            open("HTTP/1.1 299 So be it\r\nContent-Length: 0\r\n\r\n"),
            "(?s)HTTP/1.1 299 So be it\r\n.*"),
        of("a length of zero", open(OK + "Content-Length: 0\r\n\r\n"), "(?s).* 200 .*\r\n\r\n"),
        of(
            "the same length twice",
            open(OK + "Content-Length: 4\r\nContent-Length: 4\r\n\r\nbody"),
            BAD + ".*"),
        of(
            "a body that ends with the connection",
            closed(OK + "\r\nbody"),
            "(?s).*4\r\nbody\r\n0\r\n\r\n"),
        of("the same, empty", closed(OK + "\r\n"), "(?s).*\r\n\r\n0\r\n\r\n"),
        of("HTTP/1.0", closed("HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nbody"), FINE),
        of(
            "HTTP/1.0 that is kept",
            open("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 4\r\n\r\nbody"),
            FINE),
        of(
            "a connection that ends",
            closed(OK + "Connection: close\r\nContent-Length: 4\r\n\r\nbody"),
            FINE),
        of(
            "the same among others",
            closed(OK + "Connection: x, close\r\nX: 1\r\nContent-Length: 4\r\n\r\nbody"),
            FINE),
        of(
            "chunks",
            open(CHUNKED + "\r\n2\r\nbo\r\n2;x=y\r\ndy\r\n0\r\n\r\n"),
            "(?s).*bo.*dy.*0\r\n\r\n"),
        of(
            "chunks byte by byte",
            new Script(CHUNKED + "\r\n4\r\nbody\r\n0\r\n\r\n", 1, false),
            "(?s)HTTP/1.1 200 .*\r\n0\r\n\r\n"),
        of(
            "trailers",
            open(CHUNKED + "Trailer: X-T\r\n\r\n4\r\nbody\r\n0\r\nX-T: 1\r\n\r\n"),
            "(?s).*4\r\nbody\r\n0\r\n\r\n"),
        of("continue, then an answer", open("HTTP/1.1 100 Continue\r\n\r\n" + WHOLE), FINE),
        of(
            "hints, then an answer",
            open("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(2) + WHOLE),
            FINE),
        of(
            "a switch",
            open("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"),
            BAD + ".*"),
        of("no content", open("HTTP/1.1 204 No Content\r\n\r\n"), "(?s).* 204 .*\r\n\r\n"),
        of(
            "not modified, with a length",
            open("HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n"),
            "(?s).* 304 .*\r\nContent-Length: 4\r\n.*\r\n\r\n"),
        of("nothing at all", closed(""), BAD + ".*"),
        of(
            "a reason of what comes to nothing",
            open("HTTP/1.1 200 Fine\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
            "HTTP/1.1 502 Bad Gateway\r\n.*"),
        of("half a head", closed(OK + "Content-Le"), BAD + ".*"),
        of("garbage", open("garbage\r\n\r\n"), BAD + ".*"),
        of("another protocol", open("SSH-2.0-x\r\n"), BAD + ".*"),
        of(
            "a version not spoken",
            open("HTTP/2.0 200 OK\r\nContent-Length: 4\r\n\r\nbody"),
            BAD + ".*"),
        of(
            "an older version",
            open("HTTP/0.9 200 OK\r\nContent-Length: 4\r\n\r\nbody"),
            BAD + ".*"),
        of("no status", open("HTTP/1.1 OK\r\n\r\n"), BAD + ".*"),
        of(
            "a status of two digits",
            open("HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n"),
            BAD + ".*"),
        of("a status of letters", open("HTTP/1.1 abc OK\r\n\r\n"), BAD + ".*"),
        of("a negative length", open(OK + "Content-Length: -4\r\n\r\nbody"), BAD + ".*"),
        of(
            "two lengths",
            open(OK + "Content-Length: 4\r\nContent-Length: 5\r\n\r\nbody"),
            BAD + ".*"),
        of("a length of letters", open(OK + "Content-Length: four\r\n\r\nbody"), BAD + ".*"),
        of(
            "a length and chunks",
            open(CHUNKED + "Content-Length: 4\r\n\r\n4\r\nbody\r\n0\r\n\r\n"),
            BAD + ".*"),
        of(
            "chunks in HTTP/1.0",
            open("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"),
            BAD + ".*"),
        of(
            "chunks under another coding",
            open(OK + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"),
            BAD + ".*"),
        of("a name with a space behind", open(OK + "A : b\r\nContent-Length: 4\r\n\r\nbody"), FINE),
        of("a NUL", open(OK + "A: b\u0000c\r\nContent-Length: 4\r\n\r\nbody"), BAD + ".*"),
        of("lines without CR", open("HTTP/1.1 200 OK\nContent-Length: 4\n\nbody"), BAD + ".*"),
        of(
            "a lone CR",
            open(OK + "A: b\rContent-Length: 0\r\nContent-Length: 4\r\n\r\nbody"),
            BAD + ".*"),
        of(
            "a head too large",
            open(OK + "A: " + "a".repeat(20_000) + "\r\nContent-Length: 4\r\n\r\nbody"),
            BAD + ".*"),
        of(
            "a first line too long",
            open("HTTP/1.1 200 " + "a".repeat(9_000) + "\r\nContent-Length: 4\r\n\r\nbody"),
            BAD + ".*"),
        arguments(
            "a length for HEAD",
            "HEAD",
            open(OK + "Content-Length: 4\r\n\r\n"),
            "(?s).* 200 .*\r\nContent-Length: 4\r\n.*\r\n\r\n"),
        arguments("chunks for HEAD", "HEAD", open(CHUNKED + "\r\n"), "(?s).* 200 .*\r\n\r\n"),
        arguments(
            "hints for HEAD",
            "HEAD",
            open("HTTP/1.1 103 Early Hints\r\n\r\n" + OK + "Content-Length: 4\r\n\r\n"),
            "(?s).* 200 .*\r\nContent-Length: 4\r\n.*\r\n\r\n"));
  }

  private static String ask(String method, String rest) throws IOException {
    return gateway.raw(method + " / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n" + rest);
  }

  /** The network divides what comes in pieces; where, says nothing. */
  private static String inOneChunk(String answer) {
    int start = answer.indexOf("\r\n\r\n") + 4;
    if (!answer.endsWith("\r\n0\r\n\r\n") || answer.startsWith("0\r\n", start)) {
      return answer;
    }
    StringBuilder body = new StringBuilder();
    for (int i = start; !answer.startsWith("0\r\n", i); ) {
      int data = answer.indexOf("\r\n", i) + 2;
      int length = Integer.parseInt(answer.substring(i, data - 2), 16);
      body.append(answer, data, data + length);
      i = data + length + 2;
    }
    return answer.substring(0, start) + body;
  }

  private static String withoutBody(String method) throws IOException {
    return ask(method, "\r\n");
  }

  private static String withBody(String method) throws IOException {
    return ask(method, "Content-Length: 1\r\n\r\nx");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("answers")
  void both_ways_to_an_upstream_make_the_same_answer_of_its_bytes(
      String what, String method, Script script, String answer) throws Exception {
    upstream.answer(script);
    String own = withoutBody(method);
    assertThat(own).matches("(?s)" + answer);
    assertThat(List.of(own, withBody(method), withoutBody(method), withBody(method)))
        .as("and again, on whatever connection was kept")
        .extracting(UpstreamBytesTest::inOneChunk)
        .containsOnly(inOneChunk(own));
  }

  private static Stream<Script> broken() {
    return Stream.of(
        closed(OK + "Content-Length: 4\r\n\r\n"),
        closed(OK + "Content-Length: 100\r\n\r\nhalf"),
        closed(CHUNKED + "\r\n4\r\nhalf\r\n"),
        closed(CHUNKED + "\r\n9\r\nhalf"),
        open(CHUNKED + "\r\n4\r\nhalf\r\nzz\r\n"),
        open(CHUNKED + "\r\n4\r\nhalf0\r\n\r\n"),
        open(OK + "Content-Length: 100\r\n\r\nhalf"));
  }

  @ParameterizedTest
  @MethodSource("broken")
  void a_response_that_breaks_off_is_cut_off(Script script) throws Exception {
    upstream.answer(script);
    for (String answer : List.of(withoutBody("GET"), withBody("GET"))) {
      assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n").doesNotEndWith("0\r\n\r\n");
    }
  }

  private static Stream<Script> excessive() {
    return Stream.of(
        open(WHOLE + WHOLE.replace("body", "evil")),
        open(WHOLE + "HTTP/1.1 200 OK\r\nContent-Le"),
        open(WHOLE + "x"),
        open(WHOLE + "\r\n"),
        open("HTTP/1.1 204 No Content\r\n\r\nevil"),
        open("HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\nevil"),
        open(CHUNKED + "\r\n4\r\nbody\r\n0\r\n\r\n" + WHOLE.replace("body", "evil")));
  }

  @ParameterizedTest
  @MethodSource("excessive")
  void a_connection_on_which_more_came_than_was_asked_for_is_used_no_more(Script script)
      throws Exception {
    upstream.answer(script);
    for (int i = 0; i < 5; i++) {
      int before = upstream.taken();
      assertThat(withoutBody("GET"))
          .matches("(?s)HTTP/1.1 (200|204|304) .*")
          .doesNotContain("evil");
      upstream.answer(open(WHOLE.replace("body", "next")));
      assertThat(withoutBody("GET")).endsWith("next");
      assertThat(upstream.taken()).isGreaterThan(before);
      upstream.answer(script);
    }
  }

  @Test
  void an_interim_answer_of_any_kind_is_waited_out() throws Exception {
    upstream.answer(open("HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 199 X\r\n\r\n" + WHOLE));
    assertThat(withoutBody("GET")).matches(FINE);
  }

  @Test
  void a_connection_is_used_again_and_one_that_says_so_is_not() throws Exception {
    upstream.answer(open(WHOLE));
    withoutBody("GET");
    int before = upstream.taken();
    for (int i = 0; i < 20; i++) {
      assertThat(withoutBody(i % 2 == 0 ? "GET" : "OPTIONS")).endsWith("body");
    }
    assertThat(upstream.taken()).isEqualTo(before);
    for (String last :
        List.of(
            OK + "Connection: x, close\r\nContent-Length: 4\r\n\r\nbody",
            "HTTP/1.0 200 OK\r\nContent-Length: 4\r\n\r\nbody")) {
      upstream.answer(open(last));
      before = upstream.taken();
      for (int i = 0; i < 8; i++) {
        assertThat(withoutBody("GET")).endsWith("body");
      }
      assertThat(upstream.taken()).isGreaterThanOrEqualTo(before + 7);
    }
  }

  @Test
  void both_ways_send_the_same_head() throws Exception {
    upstream.answer(open(WHOLE));
    for (String headers :
        List.of(
            "X-One: 1\r\nx-one: \u00e9\tz\r\nUser-Agent: a b\r\n",
            "Connection: X-Hop, keep-alive\r\nX-Hop: 1\r\nTE: trailers\r\nKeep-Alive: 1\r\n",
            "Connection: Host, Content-Length\r\nProxy-Connection: x\r\nUpgrade: h2c\r\n",
            "X-Forwarded-For: 9.9.9.9\r\nForwarded: for=9.9.9.9\r\nX_Forwarded_Host: x\r\n",
            "Expect: 100-continue\r\nCookie: a=b; c=d\r\nCookie: e\r\n")) {
      withoutBody("GET", headers);
      String own = last();
      withBody("GET", headers);
      assertThat(lines(own.replace("\r\n\r\n", "\r\ncontent-length: 1\r\n\r\n")))
          .isEqualTo(lines(last()));
    }
  }

  private static void withoutBody(String method, String headers) throws IOException {
    ask(method, headers + "\r\n");
  }

  private static void withBody(String method, String headers) throws IOException {
    ask(method, headers + "Content-Length: 1\r\n\r\nx");
  }

  private static String last() {
    return upstream.heads().get(upstream.heads().size() - 1);
  }

  /** Header names say the same in any case; the order of different ones says nothing. */
  private static List<String> lines(String head) {
    return Arrays.stream(head.split("\r\n"))
        .map(line -> line.replaceFirst("^(?i)(content-length|host):", "x:"))
        .sorted()
        .toList();
  }

  @Test
  void a_large_body_passes_whole() throws Exception {
    String body = "0123456789abcdef".repeat(100_000);
    upstream.answer(open(OK + "Content-Length: " + body.length() + "\r\n\r\n" + body));
    assertThat(withoutBody("GET")).endsWith("\r\n\r\n" + body);
  }

  @Test
  void a_kept_connection_that_ended_meanwhile_costs_no_answer() throws Exception {
    for (int i = 0; i < 30; i++) {
      upstream.answer(open(WHOLE));
      try (Socket client = gateway.connect()) {
        for (int j = 0; j < 2; j++) {
          RunningGateway.send(client, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
          assertThat(RunningGateway.until(client, "body")).startsWith("HTTP/1.1 200 ");
          upstream.dropAll();
        }
      }
    }
  }

  @Test
  void a_client_that_stops_reading_and_goes_on_gets_the_whole_body() throws Exception {
    String body = "0123456789abcdef".repeat(1_500_000);
    upstream.answer(open(OK + "Content-Length: " + body.length() + "\r\n\r\n" + body));
    try (Socket client = new Socket()) {
      client.setReceiveBufferSize(65_536);
      client.setSoTimeout(20_000);
      client.connect(gateway.address());
      RunningGateway.send(client, "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
      RunningGateway.until(client, "\r\n\r\n");
      awaitStill();
      assertThat(client.getInputStream().readAllBytes())
          .isEqualTo(body.getBytes(StandardCharsets.US_ASCII));
    }
    upstream.answer(open(WHOLE));
    int before = upstream.taken();
    assertThat(withoutBody("GET")).matches(FINE);
    assertThat(upstream.taken()).as("read from again").isEqualTo(before);
  }

  /** Nothing more is taken from the upstream, and it has more to say. */
  private static void awaitStill() {
    AtomicLong last = new AtomicLong(-1);
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(100))
        .until(() -> last.getAndSet(upstream.sent()) == upstream.sent());
  }

  @Test
  void an_idle_connection_is_closed_after_the_time_that_its_server_names(@TempDir Path other)
      throws Exception {
    try (ScriptedUpstream own = new ScriptedUpstream();
        RunningGateway keeping = RunningGateway.start(other, own.rules(""))) {
      own.answer(open(OK + "Keep-Alive: max=9, timeout=2\r\nContent-Length: 4\r\n\r\nbody"));
      assertThat(keeping.get("/").body()).isEqualTo("body");
      assertThat(own.open()).isEqualTo(1);
      await(() -> own.open() == 0);
    }
  }

  @Test
  void one_that_its_server_may_be_about_to_close_is_not_used_again(@TempDir Path other)
      throws Exception {
    try (ScriptedUpstream own = new ScriptedUpstream();
        RunningGateway keeping =
            RunningGateway.start(other, own.rules(""), "PROXY_INSTANCES", "1")) {
      own.answer(open(OK + "Keep-Alive: timeout=1\r\nContent-Length: 4\r\n\r\nbody"));
      for (int i = 1; i <= 6; i += 2) {
        assertThat(keeping.send(keeping.request("/").DELETE()).statusCode()).isEqualTo(200);
        assertThat(own.taken()).isEqualTo(i);
        HttpRequest.Builder post =
            keeping.request("/").POST(HttpRequest.BodyPublishers.ofString("body"));
        assertThat(keeping.send(post).statusCode()).isEqualTo(200);
        assertThat(own.taken()).isEqualTo(i + 1);
      }
    }
  }

  /** The first two connections answer once, together; then they end at the next request. */
  @Test
  void a_request_that_is_sent_once_more_takes_a_new_connection(@TempDir Path other)
      throws Exception {
    CyclicBarrier both = new CyclicBarrier(2);
    AtomicInteger taken = new AtomicInteger();
    String rules = "upstreams: { up: { targets: [\"http://127.0.0.1:%d\"] } }\n";
    rules += "routes: [{ id: a, upstream: up }]";
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        RunningGateway keeping =
            RunningGateway.start(
                other, rules.formatted(server.getLocalPort()), "PROXY_INSTANCES", "1")) {
      for (int i = 0; i < 3; i++) {
        CompletableFuture.runAsync(
            () -> {
              try (Socket socket = server.accept()) {
                boolean early = taken.incrementAndGet() <= 2;
                RunningGateway.until(socket, "\r\n\r\n");
                if (early) {
                  both.await(20, TimeUnit.SECONDS);
                }
                RunningGateway.send(socket, WHOLE);
                RunningGateway.until(socket, "\r\n\r\n");
              } catch (Exception e) {
                throw new CompletionException(e);
              }
            },
            work -> new Thread(work).start());
      }
      try (Socket one = keeping.connect();
          Socket two = keeping.connect()) {
        for (Socket client : List.of(one, two)) {
          RunningGateway.send(client, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        }
        for (Socket client : List.of(one, two)) {
          RunningGateway.until(client, "body");
        }
      }
      assertThat(keeping.get("/").statusCode()).isEqualTo(200);
      assertThat(taken).hasValue(3);
    }
  }

  private static void await(Callable<Boolean> fact) {
    Awaitility.await().atMost(Duration.ofSeconds(20)).until(fact);
  }

  @Test
  void a_gateway_that_stops_leaves_no_connection_behind(@TempDir Path other) throws Exception {
    try (ScriptedUpstream own = new ScriptedUpstream()) {
      own.answer(open(WHOLE));
      try (RunningGateway stopping = RunningGateway.start(other, own.rules(""))) {
        assertThat(stopping.get("/").body()).isEqualTo("body");
        assertThat(own.open()).isEqualTo(1);
      }
      await(() -> own.open() == 0);
    }
  }

  /** Netty reports a buffer that was not released once the collector has found it. */
  @Test
  void no_buffer_is_lost_whatever_comes(@TempDir Path other) throws Exception {
    ResourceLeakDetector.Level usual = ResourceLeakDetector.getLevel();
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
    try (RunningGateway watched = RunningGateway.start(other, upstream.rules(", timeout: 100ms"))) {
      String rest = " / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
      for (Arguments each : answers().toList()) {
        upstream.answer((Script) each.get()[2]);
        watched.raw(each.get()[1] + rest);
      }
      for (Script script : Stream.concat(broken(), excessive()).toList()) {
        upstream.answer(script);
        watched.raw("GET" + rest);
        try (Socket leaving = watched.connect()) {
          RunningGateway.send(leaving, "GET" + rest);
        }
      }
      upstream.answer(open(WHOLE));
      for (int i = 0; i < 10; i++) {
        System.gc();
        watched.raw("GET" + rest);
      }
      assertThat(watched.log.toString()).doesNotContain("LEAK");
    } finally {
      ResourceLeakDetector.setLevel(usual);
    }
  }
}
