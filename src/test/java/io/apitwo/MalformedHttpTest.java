package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.http.HttpServerRequest;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is not clean HTTP is answered 4xx or closed, reaches nobody, and leaves no trace in the log.
 */
class MalformedHttpTest {
  @TempDir static Path folder;
  private static final LinkedBlockingQueue<HttpServerRequest> slow = new LinkedBlockingQueue<>();
  private static TestUpstream upstream;
  private static RunningGateway gateway;

  @BeforeAll
  static void start() throws Exception {
    upstream =
        new TestUpstream(
            request -> {
              if (request.path().equals("/slow")) {
                slow.add(request);
              } else {
                request.response().end("reached");
              }
            });
    gateway = RunningGateway.start(folder, upstream.rules(""), "ACCESS_LOG", "text");
  }

  @AfterAll
  static void stop() throws Exception {
    gateway.close();
    upstream.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\u0000GET / HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: u@h\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\n: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nA : x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: h\r\nA: x\u0000y\r\n\r\n",
        "GET /\u0001 HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /\u00e9 HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /a#b HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /%zz HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /a%00 HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /a%2fb HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /a\\b HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET /../a HTTP/1.1\r\nHost: h\r\n\r\n",
        "GET a HTTP/1.1\r\nHost: h\r\n\r\n",
        "NONSENSE\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1, 2\r\n\r\nx",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: x, chunked, y\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
        "POST / HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
        "POST / HTTP/1.0\r\nContent-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX",
      })
  void a_malformed_request_is_answered_400_and_the_connection_closed(String message)
      throws Exception {
    int before = upstream.seen().size();
    String answer = gateway.raw(message);
    assertThat(answer).startsWith("HTTP/1.").contains(" 400 ");
    assertThat(answer.split("HTTP/1\\.", -1)).as("one answer").hasSize(2);
    assertThat(upstream.seen()).hasSize(before);
    assertThat(gateway.get("/fine").body()).isEqualTo("reached");
  }

  @ParameterizedTest
  @ValueSource(strings = {"CONNECT h:80", "TRACE /", "FOO /", "get /"})
  void other_methods_reach_nobody(String start) throws Exception {
    int before = upstream.seen().size();
    String answer = gateway.raw(start + " HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    assertThat(answer).matches("(?s)HTTP/1.1 (400|405|501) .*");
    assertThat(upstream.seen()).hasSize(before);
  }

  @Test
  void what_the_decoder_refuses_is_in_the_access_log() throws Exception {
    gateway.raw(
        "POST /both HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
    awaitAccess(gateway, " 127.0.0.1 \"POST /both HTTP/1.1\" 400 ");
    gateway.raw("GET /" + "a".repeat(9_000) + " HTTP/1.1\r\nHost: h\r\n\r\n");
    awaitAccess(gateway, " 127.0.0.1 \"- - HTTP/1.0\" 414 ");
    gateway.raw("GET /large HTTP/1.1\r\nHost: h\r\nA: " + "a".repeat(20_000) + "\r\n\r\n");
    awaitAccess(gateway, " 127.0.0.1 \"GET /large HTTP/1.1\" 431 ");
  }

  @Test
  void a_broken_body_leaves_the_request_before_it_alone() throws Exception {
    try (Socket client = gateway.connect()) {
      RunningGateway.send(
          client,
          "GET /slow HTTP/1.1\r\nHost: h\r\n\r\n"
              + "POST /broken HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
      HttpServerRequest held = slow.poll(20, TimeUnit.SECONDS);
      assertThat(held).isNotNull();
      held.response().end("reached");
      assertThat(RunningGateway.rest(client))
          .startsWith("HTTP/1.1 200 OK\r\n")
          .contains("connection: close")
          .endsWith("reached");
    }
    assertThat(gateway.get("/fine").body()).isEqualTo("reached");
    assertThat(upstream.seen()).doesNotContain("POST /broken");
  }

  private static void awaitAccess(RunningGateway gateway, String line) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> gateway.accessLog.toString().contains(line));
  }

  @Test
  void another_version_is_said_not_to_be_spoken() throws Exception {
    assertThat(gateway.raw("GET / HTTP/2.0\r\nHost: h\r\n\r\n"))
        .startsWith("HTTP/1.1 505 ")
        .endsWith("{\"msg\":\"HTTP version not supported\",\"code\":505}");
  }

  @Test
  void a_long_pipeline_is_answered_in_its_order_and_a_broken_one_leaves_no_trace()
      throws Exception {
    String get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
    String close = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    assertThat(gateway.raw(get.repeat(300) + close).split("reached", -1)).hasSize(302);
    try (Socket client = gateway.connect()) {
      client.setSoLinger(true, 0); // a reset
      RunningGateway.send(client, get.repeat(20));
    }
    assertThat(gateway.raw(get + get + "G E T\r\n\r\n")).contains(" 400 ");
    assertThat(gateway.log.toString()).doesNotContain("ERROR", "WARN", "Exception");
  }

  @Test
  void what_is_too_long_is_said_to_be() throws Exception {
    assertThat(gateway.raw("GET /" + "a".repeat(9_000) + " HTTP/1.1\r\nHost: h\r\n\r\n"))
        .contains(" 414 ");
    assertThat(gateway.raw("GET / HTTP/1.1\r\nHost: h\r\nA: " + "a".repeat(20_000) + "\r\n\r\n"))
        .contains(" 431 ");
  }

  @Test
  void cleartext_http_2_is_not_spoken() throws Exception {
    String upgrade =
        "GET /up HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\n"
            + "HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n";
    assertThat(gateway.raw(upgrade)).startsWith("HTTP/1.1 200").endsWith("reached");
    assertThat(gateway.raw("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")).doesNotContain(" 200 ");
  }

  @Test
  void nothing_a_client_sends_appears_raw_in_a_log() throws Exception {
    gateway.get("/log", "User-Agent", "x\tINJECTED");
    gateway.raw("GET /\u001b[31m\u0007 HTTP/1.1\r\nHost: h\r\n\r\n");
    gateway.raw("G\u0080T / HTTP/1.1\r\nHost: h\r\n\r\n");
    org.awaitility.Awaitility.await()
        .atMost(java.time.Duration.ofSeconds(5))
        .until(() -> gateway.accessLog.toString().contains("/log"));
    for (String text : List.of(gateway.log.toString(), gateway.accessLog.toString())) {
      assertThat(text).matches("[ -~\n]*").doesNotContain("Exception");
    }
  }
}
