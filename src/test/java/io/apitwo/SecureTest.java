package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** HTTPS from PEM files, with HTTP/2 by ALPN. */
class SecureTest {
  @TempDir Path folder;

  private KeyStore certificate() throws Exception {
    return TestCertificate.in(folder).trust();
  }

  private static SSLContext trusting(KeyStore trust) throws Exception {
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(trust);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, factory.getTrustManagers(), null);
    return context;
  }

  private RunningGateway secure(String rules) throws Exception {
    return RunningGateway.start(
        folder,
        rules,
        "PROXY_TLS_PORT",
        "0",
        "PROXY_TLS_CERT",
        folder.resolve("cert.pem").toString(),
        "PROXY_TLS_KEY",
        folder.resolve("key.pem").toString(),
        "ACCESS_LOG",
        "json");
  }

  @Test
  void a_stream_that_its_client_resets_ends_at_the_upstream_too() throws Exception {
    SSLContext context = trusting(certificate());
    CompletableFuture<Void> arrived = new CompletableFuture<>();
    CompletableFuture<Void> ended = new CompletableFuture<>();
    try (TestUpstream upstream =
            new TestUpstream(
                request -> {
                  request.connection().closeHandler(closed -> ended.complete(null));
                  arrived.complete(null);
                });
        RunningGateway gateway = secure(upstream.rules(""))) {
      URI uri = URI.create("https://localhost:" + gateway.gateway.tlsPort() + "/");
      HttpClient client = HttpClient.newBuilder().sslContext(context).build();
      CompletableFuture<HttpResponse<String>> answer =
          client.sendAsync(
              HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
      arrived.get(20, TimeUnit.SECONDS);
      answer.cancel(true);
      ended.get(20, TimeUnit.SECONDS);
      Awaitility.await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> gateway.accessLog.toString().contains("\"status\":499"));
    }
  }

  private <T> T overHttp2(
      RunningGateway gateway,
      java.util.function.Function<io.vertx.core.http.HttpClient, Future<T>> use)
      throws Exception {
    Vertx vertx = Vertx.vertx();
    try {
      HttpClientOptions options =
          new HttpClientOptions()
              .setProtocolVersion(io.vertx.core.http.HttpVersion.HTTP_2)
              .setUseAlpn(true)
              .setSsl(true)
              .setTrustAll(true)
              .setVerifyHost(false)
              .setDefaultHost("localhost")
              .setDefaultPort(gateway.gateway.tlsPort());
      io.vertx.core.http.HttpClient client = vertx.createHttpClient(options);
      T result =
          use.apply(client).toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
      client.close(); // and not earlier: one that nobody holds any more closes by itself
      return result;
    } finally {
      vertx.close();
    }
  }

  @Test
  void a_tunnel_is_refused_without_a_trace() throws Exception {
    certificate();
    try (TestUpstream upstream = new TestUpstream(request -> request.response().end());
        RunningGateway gateway = secure(upstream.rules(""))) {
      int status =
          overHttp2(
              gateway,
              client ->
                  client
                      .request(HttpMethod.CONNECT, "/")
                      .compose(request -> request.connect())
                      .map(response -> response.statusCode()));
      assertThat(status).isIn(400, 405);
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .until(() -> gateway.accessLog.toString().contains("\"method\":\"CONNECT\""));
      assertThat(gateway.log.toString()).doesNotContain("ERROR", "WARN", "Exception");
      assertThat(upstream.seen()).isEmpty();
    }
  }

  @Test
  void heads_over_http_2_may_be_as_large_as_over_http_1() throws Exception {
    certificate();
    try (RunningGateway gateway =
        secure(LimitingTest.echo("by: [address], windows: { month: 9 }"))) {
      String body =
          overHttp2(
              gateway,
              client ->
                  client
                      .request(HttpMethod.GET, "/")
                      .compose(request -> request.putHeader("x", "x".repeat(14_000)).send())
                      .compose(response -> response.body())
                      .map(Object::toString));
      assertThat(body).isEqualTo("{\"origin\":\"127.0.0.1\"}");
    }
  }

  /** As over HTTP/1.1: without a body nothing is lost by sending it once more. */
  @Test
  void a_bodiless_request_over_http_2_is_repeated_when_its_connection_ends() throws Exception {
    certificate();
    AtomicInteger requests = new AtomicInteger();
    try (TestUpstream upstream =
            new TestUpstream(
                request -> {
                  if (requests.incrementAndGet() == 1) {
                    request.connection().close();
                  } else {
                    request.response().end("second");
                  }
                });
        RunningGateway gateway = secure(upstream.rules(""))) {
      String body =
          overHttp2(
              gateway,
              client ->
                  client
                      .request(HttpMethod.GET, "/")
                      .compose(request -> request.send())
                      .compose(response -> response.body())
                      .map(Object::toString));
      assertThat(body).isEqualTo("second");
      assertThat(gateway.log.toString()).doesNotContain("ERROR", "WARN", "Exception");
    }
  }

  @Test
  void requests_over_http_2_and_1_1_pass_and_are_limited_together() throws Exception {
    SSLContext context = trusting(certificate());
    try (TestUpstream upstream =
        new TestUpstream(
            request ->
                request
                    .body()
                    .onSuccess(
                        body ->
                            request
                                .response()
                                .putHeader("X-Proto", request.getHeader("X-Forwarded-Proto"))
                                .putHeader("Connection", "keep-alive")
                                .end(body)))) {
      String rules =
          """
          upstreams: { up: { targets: ["http://127.0.0.1:%d"] } }
          routes: [{ id: all, upstream: up, limits: [default] }]
          limits: { default: { by: [address], windows: { month: 4 } } }
          """
              .formatted(upstream.port());
      try (RunningGateway gateway = secure(rules)) {
        URI uri = URI.create("https://localhost:" + gateway.gateway.tlsPort() + "/");
        for (HttpClient.Version version : HttpClient.Version.values()) {
          HttpClient client = HttpClient.newBuilder().version(version).sslContext(context).build();
          HttpResponse<String> get =
              client.send(
                  HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
          assertThat(get.version()).isEqualTo(version);
          assertThat(get.statusCode()).isEqualTo(200);
          assertThat(get.headers().firstValue("X-Proto")).hasValue("https");
          String body = "x".repeat(200_000);
          HttpResponse<String> post =
              client.send(
                  HttpRequest.newBuilder(uri)
                      .POST(
                          HttpRequest.BodyPublishers.ofInputStream(
                              () -> new java.io.ByteArrayInputStream(body.getBytes())))
                      .build(),
                  HttpResponse.BodyHandlers.ofString());
          assertThat(post.body()).isEqualTo(body);
        }
        HttpClient client = HttpClient.newBuilder().sslContext(context).build();
        HttpResponse<String> refused =
            client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
        assertThat(refused.version()).isEqualTo(HttpClient.Version.HTTP_2);
        assertThat(refused.statusCode()).isEqualTo(429);
      }
    }
  }
}
