package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Upstreams behind TLS, and what is said of upstreams that cannot be connected to. */
class SecureUpstreamTest {
  private static final String TRUST = "javax.net.ssl.trustStore";
  private static final String PASSWORD = "javax.net.ssl.trustStorePassword";

  @TempDir Path folder;

  private final Vertx vertx = Vertx.vertx();
  private TestCertificate certificate;
  private volatile Handler<HttpServerRequest> handler = SecureUpstreamTest::echo;
  private HttpServer upstream;

  @BeforeEach
  void listen() throws Exception {
    certificate = TestCertificate.in(folder);
    upstream = start(0);
  }

  private HttpServer start(int port) {
    HttpServerOptions options =
        new HttpServerOptions()
            .setHost("0.0.0.0") // by names, too, that the certificate does not have
            .setPort(port)
            .setSsl(true)
            .setKeyCertOptions(
                new PemKeyCertOptions()
                    .setCertPath(certificate.certificate().toString())
                    .setKeyPath(certificate.key().toString()));
    return vertx
        .createHttpServer(options)
        .webSocketHandler(socket -> socket.textMessageHandler(socket::writeTextMessage))
        .requestHandler(request -> handler.handle(request))
        .listen()
        .await();
  }

  private static void echo(HttpServerRequest request) {
    request
        .body()
        .onSuccess(
            body ->
                request
                    .response()
                    .putHeader("X-Connection", request.remoteAddress().toString())
                    .end(body.length() > 0 ? body.toString() : "x".repeat(200_000)));
  }

  @AfterEach
  void close() {
    System.clearProperty(TRUST);
    System.clearProperty(PASSWORD);
    vertx.close().await();
  }

  private void trusted() throws Exception {
    Path store = folder.resolve("trust.p12");
    try (OutputStream out = Files.newOutputStream(store)) {
      certificate.trust().store(out, "changeit".toCharArray());
    }
    System.setProperty(TRUST, store.toString());
    System.setProperty(PASSWORD, "changeit");
  }

  private RunningGateway gateway(String host) throws Exception {
    String rules =
        """
        upstreams: { up: { targets: ["https://%s:%d"], connectTimeout: 20s } }
        routes: [{ id: all, upstream: up }]
        """
            .formatted(host, upstream.actualPort());
    return RunningGateway.start(folder, rules, "PROXY_INSTANCES", "1");
  }

  private static HttpResponse<String> post(RunningGateway gateway) throws Exception {
    return gateway.send(gateway.request("/").POST(HttpRequest.BodyPublishers.ofString("body")));
  }

  @Test
  void requests_with_and_without_a_body_are_carried_on_kept_connections() throws Exception {
    trusted();
    try (RunningGateway gateway = gateway("localhost")) {
      HttpResponse<String> first = gateway.get("/");
      assertThat(first.statusCode()).isEqualTo(200);
      assertThat(first.body()).hasSize(200_000);
      HttpResponse<String> second = gateway.get("/");
      assertThat(second.body()).isEqualTo(first.body());
      assertThat(second.headers().firstValue("X-Connection"))
          .isEqualTo(first.headers().firstValue("X-Connection"));
      assertThat(post(gateway).body()).isEqualTo("body");
      assertThat(gateway.log.toString()).doesNotContain("WARN", "ERROR");
    }
  }

  @Test
  void web_sockets_are_carried() throws Exception {
    trusted();
    try (RunningGateway gateway = gateway("127.0.0.1")) {
      CompletableFuture<String> heard = new CompletableFuture<>();
      WebSocket.Listener ears =
          new WebSocket.Listener() {
            @Override
            public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
              heard.complete(data.toString());
              return null;
            }
          };
      WebSocket socket =
          HttpClient.newHttpClient()
              .newWebSocketBuilder()
              .buildAsync(URI.create("ws://127.0.0.1:" + gateway.gateway.proxyPort() + "/"), ears)
              .get(20, TimeUnit.SECONDS);
      socket.sendText("hello", true).get(20, TimeUnit.SECONDS);
      assertThat(heard.get(20, TimeUnit.SECONDS)).isEqualTo("hello");
      socket.abort();
    }
  }

  @Test
  void one_that_nobody_vouches_for_is_502_and_said_once() throws Exception {
    try (RunningGateway gateway = gateway("localhost")) {
      for (int i = 0; i < 5; i++) {
        assertThat(gateway.get("/").statusCode()).isEqualTo(502);
        assertThat(post(gateway).statusCode()).isEqualTo(502);
      }
      assertThat(gateway.log.toString().lines())
          .singleElement()
          .asString()
          .contains(
              "WARN",
              "upstream target cannot be connected to",
              "target=https://localhost:" + upstream.actualPort(),
              "unable to find valid certification path");
    }
  }

  @Test
  void one_whose_certificate_names_another_host_is_502() throws Exception {
    trusted();
    try (RunningGateway gateway = gateway("127.0.0.2")) {
      assertThat(gateway.get("/").statusCode()).isEqualTo(502);
      assertThat(post(gateway).statusCode()).isEqualTo(502);
      assertThat(gateway.log.toString())
          .contains("No subject alternative names matching IP address 127.0.0.2");
    }
  }

  @Test
  void what_speaks_no_tls_is_502() throws Exception {
    trusted();
    int port = upstream.actualPort();
    upstream.close().await();
    vertx
        .createNetServer()
        .connectHandler(socket -> socket.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
        .listen(port, "127.0.0.1")
        .await();
    try (RunningGateway gateway = gateway("localhost")) {
      assertThat(gateway.get("/").statusCode()).isEqualTo(502);
      assertThat(gateway.log.toString()).contains("cannot be connected to").doesNotContain("ERROR");
    }
  }

  @Test
  void one_that_is_back_is_said_too() throws Exception {
    trusted();
    int port = upstream.actualPort();
    try (RunningGateway gateway = gateway("localhost")) {
      upstream.close().await();
      assertThat(gateway.get("/").statusCode()).isEqualTo(502);
      assertThat(gateway.log.toString()).contains("WARN", "refused");
      upstream = start(port);
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () -> {
                gateway.get("/");
                return gateway.log.toString().contains("is connected to again");
              });
    }
  }

  @Test
  void a_client_that_goes_takes_its_connection_to_the_upstream_with_it() throws Exception {
    trusted();
    CompletableFuture<Void> arrived = new CompletableFuture<>();
    CompletableFuture<Void> ended = new CompletableFuture<>();
    handler =
        request -> {
          request.connection().closeHandler(closed -> ended.complete(null));
          arrived.complete(null);
        };
    try (RunningGateway gateway = gateway("localhost")) {
      try (Socket socket = gateway.connect()) {
        RunningGateway.send(socket, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        arrived.get(20, TimeUnit.SECONDS);
      }
      ended.get(20, TimeUnit.SECONDS);
    }
  }
}
