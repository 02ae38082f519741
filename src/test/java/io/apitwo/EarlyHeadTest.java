package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Responses whose body comes much later than their head, as a stream of events may. */
class EarlyHeadTest {
  private static final String TRUST = "javax.net.ssl.trustStore";
  private static final String PASSWORD = "javax.net.ssl.trustStorePassword";

  @TempDir static Path folder;

  private static final Vertx vertx = Vertx.vertx();
  private static final LinkedBlockingQueue<HttpServerRequest> begun = new LinkedBlockingQueue<>();
  private static RunningGateway gateway;
  private static SSLContext trusting;

  @BeforeAll
  static void start() throws Exception {
    TestCertificate certificate = TestCertificate.in(folder);
    Path store = folder.resolve("trust.p12");
    try (OutputStream out = Files.newOutputStream(store)) {
      certificate.trust().store(out, "changeit".toCharArray());
    }
    System.setProperty(TRUST, store.toString());
    System.setProperty(PASSWORD, "changeit");
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(certificate.trust());
    trusting = SSLContext.getInstance("TLS");
    trusting.init(null, trust.getTrustManagers(), null);
    HttpServerOptions tls =
        new HttpServerOptions()
            .setSsl(true)
            .setKeyCertOptions(
                new PemKeyCertOptions()
                    .setCertPath(certificate.certificate().toString())
                    .setKeyPath(certificate.key().toString()));
    String rules =
        """
        upstreams:
          http: { targets: ["http://127.0.0.1:%d"], timeout: 60s }
          https: { targets: ["https://localhost:%d"], timeout: 60s }
        routes:
          - { id: http, match: { path: /http }, upstream: http }
          - { id: https, match: { path: /https }, upstream: https }
        """
            .formatted(upstream(new HttpServerOptions()).actualPort(), upstream(tls).actualPort());
    gateway =
        RunningGateway.start(
            folder,
            rules,
            "PROXY_TLS_PORT",
            "0",
            "PROXY_TLS_CERT",
            certificate.certificate().toString(),
            "PROXY_TLS_KEY",
            certificate.key().toString());
  }

  private static HttpServer upstream(HttpServerOptions options) {
    return vertx
        .createHttpServer(options.setHost("127.0.0.1").setPort(0))
        .requestHandler(
            request -> {
              request.response().putHeader("Content-Type", "text/event-stream");
              if ("4".equals(request.getHeader("X-Length"))) {
                request.response().putHeader("Content-Length", "4");
              } else {
                request.response().setChunked(true);
              }
              request.response().writeHead();
              request.endHandler(whole -> begun.add(request));
            })
        .listen()
        .await();
  }

  @AfterAll
  static void stop() {
    gateway.close();
    System.clearProperty(TRUST);
    System.clearProperty(PASSWORD);
    vertx.close().await();
  }

  private static HttpServerRequest begun() throws InterruptedException {
    HttpServerRequest request = begun.poll(20, TimeUnit.SECONDS);
    assertThat(request).isNotNull();
    return request;
  }

  @ParameterizedTest(name = "{0}, {1}, from {2}")
  @CsvSource({
    "HTTP_1_1, GET, http",
    "HTTP_1_1, POST, http",
    "HTTP_1_1, GET, https",
    "HTTP_1_1, POST, https",
    "HTTP_2, GET, http",
    "HTTP_2, POST, http",
    "HTTP_2, GET, https",
    "HTTP_2, POST, https"
  })
  void a_client_has_the_head_before_there_is_a_body(
      HttpClient.Version version, String method, String upstream) throws Exception {
    HttpClient client = HttpClient.newBuilder().version(version).sslContext(trusting).build();
    for (String length : new String[] {"none", "4", "none"}) { // the last by a kept connection
      HttpRequest.BodyPublisher body =
          method.equals("GET")
              ? HttpRequest.BodyPublishers.noBody()
              : HttpRequest.BodyPublishers.ofString("question");
      URI uri = URI.create("https://localhost:" + gateway.gateway.tlsPort() + "/" + upstream);
      var asked =
          client.sendAsync(
              HttpRequest.newBuilder(uri).header("X-Length", length).method(method, body).build(),
              HttpResponse.BodyHandlers.ofInputStream());
      HttpServerRequest held = begun();
      HttpResponse<InputStream> answer = asked.get(20, TimeUnit.SECONDS);
      assertThat(answer.version()).isEqualTo(version);
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.headers().firstValue("Content-Type")).contains("text/event-stream");
      held.response().end("late");
      assertThat(answer.body().readAllBytes()).asString(StandardCharsets.UTF_8).isEqualTo("late");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "Connection: keep-alive\r\n"})
  void so_does_one_of_http_1_0(String headers) throws Exception {
    try (Socket client = gateway.connect()) {
      RunningGateway.send(client, "GET /http HTTP/1.0\r\nHost: h\r\n" + headers + "\r\n");
      HttpServerRequest held = begun();
      assertThat(RunningGateway.until(client, "\r\n\r\n"))
          .startsWith("HTTP/1.0 200 OK\r\n")
          .doesNotContainIgnoringCase("transfer-encoding");
      held.response().end("late");
      assertThat(RunningGateway.rest(client)).isEqualTo("late");
    }
  }

  @Test
  void nothing_comes_behind_a_body_that_ends_with_the_connection() throws Exception {
    try (Socket client = gateway.connect()) {
      RunningGateway.send(
          client,
          "GET /http HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n"
              + "GET /behind HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n");
      HttpServerRequest held = begun();
      RunningGateway.until(client, "\r\n\r\n");
      held.response().end("late");
      assertThat(RunningGateway.rest(client)).isEqualTo("late");
    }
  }

  @Test
  void what_breaks_off_behind_its_head_is_cut_off() throws Exception {
    try (Socket client = gateway.connect()) {
      RunningGateway.send(client, "GET /http HTTP/1.1\r\nHost: h\r\nX-Length: 4\r\n\r\n");
      HttpServerRequest held = begun();
      assertThat(RunningGateway.until(client, "\r\n\r\n")).startsWith("HTTP/1.1 200 OK\r\n");
      held.connection().close();
      assertThat(client.getInputStream().read()).isNegative();
    }
  }

  @Test
  void one_comes_behind_a_response_that_has_no_body() throws Exception {
    try (Socket client = gateway.connect()) {
      RunningGateway.send(
          client,
          "HEAD /http HTTP/1.0\r\nHost: h\r\nConnection: keep-alive\r\n\r\n"
              + "GET /http HTTP/1.0\r\nHost: h\r\n\r\n");
      begun().response().end();
      begun().response().end("next");
      assertThat(RunningGateway.rest(client))
          .startsWith("HTTP/1.0 200 OK\r\n")
          .contains("\r\n\r\nHTTP/1.0 200 OK\r\n")
          .endsWith("\r\n\r\nnext");
    }
  }
}
