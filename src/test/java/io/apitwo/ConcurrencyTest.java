package io.apitwo;

import static io.apitwo.RunningGateway.rest;
import static io.apitwo.RunningGateway.send;
import static io.apitwo.RunningGateway.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.http.HttpServerRequest;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two requests of a client may be in flight at once. However one ends, its permit is free again,
 * and not more than that.
 */
class ConcurrencyTest {
  private static final String REFUSED =
      "{\"msg\":\"Request too frequent (concurrency)\",\"code\":429}";

  @TempDir Path folder;

  private final LinkedBlockingQueue<HttpServerRequest> held = new LinkedBlockingQueue<>();
  private TestUpstream upstream;
  private RunningGateway gateway;

  @BeforeEach
  void holdingUpstream() throws Exception {
    upstream =
        new TestUpstream(
            request -> {
              if (request.path().equals("/quick")) {
                request.response().end("quick");
              } else if (!request.path().equals("/silent")) {
                held.add(request);
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

  private void start(String upstreamOptions, String... settings) throws Exception {
    String rules =
        """
        upstreams:
          up: { targets: ["http://127.0.0.1:%d"]%s }
          down: { targets: ["http://127.0.0.1:1"] }
        routes:
          - { id: down, match: { path: /down }, upstream: down, limits: [default] }
          - { id: heavy, match: { path: /heavy }, upstream: up, limits: [default], cost: 2 }
          - { id: all, upstream: up, limits: [default] }
        limits: { default: { by: [address], algorithm: concurrency, max: 2 } }
        """
            .formatted(upstream.port(), upstreamOptions);
    gateway = RunningGateway.start(folder, rules, settings);
  }

  /** One request that the upstream has and does not answer. */
  private HttpServerRequest arrived() throws Exception {
    HttpServerRequest request = held.poll(20, TimeUnit.SECONDS);
    assertThat(request).isNotNull();
    return request;
  }

  private Socket ask(String path) throws Exception {
    Socket socket = gateway.connect();
    send(socket, "GET " + path + " HTTP/1.1\r\nHost: h\r\n\r\n");
    return socket;
  }

  /** A client that asks until its request is let pass, and holds its permit then. */
  private Socket holding(List<HttpServerRequest> arrived) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (System.nanoTime() - deadline < 0) {
      Socket socket = ask("/hold");
      HttpServerRequest request = null;
      while (request == null && socket.getInputStream().available() == 0) {
        request = held.poll(5, TimeUnit.MILLISECONDS);
        assertThat(System.nanoTime() - deadline).isNegative();
      }
      if (request != null) {
        arrived.add(request);
        return socket;
      }
      assertThat(until(socket, "\r\n\r\n")).startsWith("HTTP/1.1 429 ");
      socket.close();
    }
    throw new AssertionError("no permit came back");
  }

  /** Both permits are to be had, and no third. */
  private void assertBothAreFree() throws Exception {
    List<HttpServerRequest> requests = new ArrayList<>();
    List<Socket> sockets = List.of(holding(requests), holding(requests));
    assertThat(gateway.get("/quick").body()).isEqualTo(REFUSED);
    for (HttpServerRequest request : requests) {
      request.response().end("done");
    }
    for (Socket socket : sockets) {
      assertThat(until(socket, "done")).startsWith("HTTP/1.1 200 ");
      socket.close();
    }
  }

  @Test
  void a_third_request_at_once_is_refused_and_told_so() throws Exception {
    start("");
    try (Socket first = ask("/a");
        Socket second = ask("/b")) {
      HttpServerRequest one = arrived();
      HttpServerRequest other = arrived();
      HttpResponse<String> refused = gateway.get("/c");
      assertThat(refused.statusCode()).isEqualTo(429);
      assertThat(refused.body()).isEqualTo(REFUSED);
      assertThat(refused.headers().firstValue("RateLimit-Policy"))
          .hasValue("\"concurrency\";q=2;qu=\"concurrent-requests\"");
      assertThat(refused.headers().firstValue("RateLimit")).hasValue("\"concurrency\";r=0");
      assertThat(refused.headers().firstValue("Retry-After")).hasValue("1");
      for (int i = 0; i < 20; i++) { // a refused request holds nothing that could come back
        assertThat(gateway.get("/c").statusCode()).isEqualTo(429);
      }
      one.response().end("one");
      other.response().end("other");
      assertThat(until(first, "\r\n\r\n")).contains("RateLimit: \"concurrency\";r=");
      assertThat(until(second, "\r\n\r\n")).contains("RateLimit: \"concurrency\";r=");
    }
    assertBothAreFree();
  }

  @Test
  void a_request_holds_what_it_costs_for_as_long_as_its_body_flows() throws Exception {
    start("");
    try (Socket client = ask("/heavy")) {
      HttpServerRequest request = arrived();
      request.response().setChunked(true).write("begun");
      until(client, "begun");
      assertThat(gateway.get("/quick").statusCode()).isEqualTo(429);
      request.response().end("ended");
      until(client, "ended");
    }
    assertBothAreFree();
  }

  @Test
  void a_client_that_leaves_frees_its_permit() throws Exception {
    start("");
    Socket first = ask("/a");
    Socket second = ask("/b");
    arrived();
    arrived();
    assertThat(gateway.get("/quick").statusCode()).isEqualTo(429);
    first.close();
    second.close();
    assertBothAreFree();
  }

  /** Some are gone before they are decided, some before they reach the upstream, some after it. */
  @ParameterizedTest
  @CsvSource({"auto, -1", "nio, -1", "nio, 0"})
  void clients_that_leave_in_the_same_moment_hold_nothing(String transport, int linger)
      throws Exception {
    start("", "PROXY_TRANSPORT", transport);
    for (int i = 0; i < 300; i++) {
      try (Socket client = gateway.connect()) {
        client.setSoLinger(linger >= 0, Math.max(0, linger)); // 0: a reset instead of an end
        send(client, "GET /silent HTTP/1.1\r\nHost: h\r\n\r\n".repeat(1 + i % 3));
      }
    }
    assertBothAreFree();
  }

  @Test
  void a_client_that_leaves_amid_the_response_frees_its_permit() throws Exception {
    start("");
    try (Socket client = ask("/heavy")) {
      arrived().response().setChunked(true).write("begun");
      until(client, "begun");
    }
    assertBothAreFree();
  }

  @Test
  void an_upstream_that_breaks_off_frees_the_permit() throws Exception {
    start("");
    try (Socket client = gateway.connect()) {
      send(client, "POST /heavy HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n");
      arrived().connection().close();
      HttpServerRequest again = held.poll(1, TimeUnit.SECONDS); // a bodiless one may be repeated
      if (again != null) {
        again.connection().close();
      }
      assertThat(until(client, "\r\n\r\n")).startsWith("HTTP/1.1 502 ");
    }
    assertBothAreFree();
  }

  @Test
  void an_upstream_that_breaks_off_amid_the_response_frees_the_permit() throws Exception {
    start("");
    try (Socket client = ask("/heavy")) {
      HttpServerRequest request = arrived();
      request.response().setChunked(true).write("begun");
      until(client, "begun");
      request.connection().close();
      rest(client);
    }
    assertBothAreFree();
  }

  @Test
  void an_upstream_that_cannot_be_reached_frees_the_permit() throws Exception {
    start("");
    for (int i = 0; i < 5; i++) {
      assertThat(gateway.get("/down").statusCode()).isEqualTo(502);
    }
    assertBothAreFree();
  }

  @Test
  void a_silent_upstream_frees_the_permit_when_it_is_given_up() throws Exception {
    start(", timeout: 1s");
    try (Socket client = ask("/heavy")) {
      arrived();
      assertThat(until(client, "\r\n\r\n")).startsWith("HTTP/1.1 504 ");
    }
    assertBothAreFree();
  }

  @Test
  void a_body_that_breaks_frees_the_permit() throws Exception {
    start("");
    try (Socket client = gateway.connect()) {
      send(
          client,
          "POST /heavy HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n");
      arrived();
      send(client, "zz\r\n");
      assertThat(rest(client)).startsWith("HTTP/1.1 400 ");
    }
    assertBothAreFree();
  }

  @ParameterizedTest
  @ValueSource(strings = {"idle", "last"})
  void a_connection_that_the_gateway_closes_frees_the_permit(String why) throws Exception {
    start("", "PROXY_IDLE_TIMEOUT", "1s");
    try (Socket client = gateway.connect()) {
      if (why.equals("idle")) {
        send(client, "POST /heavy HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhalf");
        arrived();
        assertThat(rest(client)).isEmpty();
      } else {
        send(client, "GET /heavy HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        arrived().response().end("last");
        assertThat(rest(client)).endsWith("last");
      }
    }
    assertBothAreFree();
  }

  @Test
  void a_stream_that_is_reset_frees_its_permit() throws Exception {
    KeyStore trust = TestCertificate.in(folder).trust();
    start(
        "",
        "PROXY_TLS_PORT",
        "0",
        "PROXY_TLS_CERT",
        folder.resolve("cert.pem").toString(),
        "PROXY_TLS_KEY",
        folder.resolve("key.pem").toString());
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(trust);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, factory.getTrustManagers(), null);
    HttpClient client = HttpClient.newBuilder().sslContext(context).build();
    URI uri = URI.create("https://localhost:" + gateway.gateway.tlsPort() + "/heavy");
    CompletableFuture<HttpResponse<String>> answer =
        client.sendAsync(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    arrived();
    assertThat(gateway.get("/quick").statusCode()).isEqualTo(429);
    answer.cancel(true);
    assertBothAreFree();
  }

  @Test
  void a_request_of_a_limit_that_changed_meanwhile_frees_its_permit() throws Exception {
    start("");
    try (Socket client = ask("/heavy")) {
      HttpServerRequest request = arrived();
      String rules = java.nio.file.Files.readString(gateway.rules);
      gateway.saveRules(rules.replace("max: 2 }", "max: 2, headers: { ietf: false } }"));
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> gateway.gateway.revision().number() == 2);
      assertThat(gateway.get("/quick").statusCode()).isEqualTo(429);
      request.response().end("done");
      until(client, "done");
    }
    assertBothAreFree();
  }
}
