package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a gateway leaves: nobody who comes, or who is there, is turned away. */
class DrainTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path folder;
  private final CopyOnWriteArrayList<HttpServerRequest> held = new CopyOnWriteArrayList<>();
  private final Vertx vertx = Vertx.vertx();
  private TestUpstream upstream;
  private RunningGateway gateway;
  private CompletableFuture<Void> closing;

  private void start(String delay) throws Exception {
    upstream =
        new TestUpstream(
            request -> {
              if (request.path().equals("/held")) {
                held.add(request);
              } else {
                request.response().end("at once");
              }
            });
    TestCertificate certificate = TestCertificate.in(folder);
    gateway =
        RunningGateway.start(
            folder,
            upstream.rules(""),
            "PROXY_TLS_PORT",
            "0",
            "PROXY_TLS_CERT",
            certificate.certificate().toString(),
            "PROXY_TLS_KEY",
            certificate.key().toString(),
            "DRAIN_DELAY",
            delay,
            "PROXY_INSTANCES",
            "1");
  }

  private void leave() throws Exception {
    closing = CompletableFuture.runAsync(gateway.gateway::close, work -> new Thread(work).start());
    await().atMost(PATIENCE).until(() -> gateway.manage("/health/ready").statusCode() == 503);
  }

  @AfterEach
  void end() throws Exception {
    held.forEach(request -> request.response().end("late"));
    if (closing == null) {
      gateway.close();
    } else {
      closing.get(30, TimeUnit.SECONDS);
    }
    vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
    upstream.close();
  }

  @Test
  void whoever_comes_while_it_waits_is_served_and_told_to_go_elsewhere() throws Exception {
    start("4s");
    try (Socket kept = gateway.connect()) {
      String request = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
      RunningGateway.send(kept, request);
      assertThat(RunningGateway.until(kept, "at once")).doesNotContain("connection: close");
      leave();
      RunningGateway.send(kept, request);
      assertThat(RunningGateway.rest(kept)).contains("connection: close", "at once");
    }
    HttpResponse<String> late = gateway.get("/");
    assertThat(late.statusCode()).isEqualTo(200);
    assertThat(late.headers().firstValue("connection")).contains("close");
  }

  @Test
  void what_is_under_way_is_answered() throws Exception {
    start("0s");
    try (Socket under = gateway.connect()) {
      RunningGateway.send(under, "GET /held HTTP/1.1\r\nHost: a\r\n\r\n");
      await().atMost(PATIENCE).until(() -> held.size() == 1);
      leave();
      held.remove(0).response().end("late");
      assertThat(RunningGateway.rest(under)).startsWith("HTTP/1.1 200").endsWith("late");
    }
  }

  @Test
  void what_a_client_sent_behind_its_last_request_is_not_executed() throws Exception {
    start("4s");
    try (Socket other = gateway.connect();
        Socket kept = gateway.connect()) {
      RunningGateway.send(other, "GET /held HTTP/1.1\r\nHost: a\r\n\r\n");
      await().atMost(PATIENCE).until(() -> held.size() == 1);
      leave();
      RunningGateway.send(
          kept, "GET /held HTTP/1.1\r\nHost: a\r\n\r\nDELETE /behind HTTP/1.1\r\nHost: a\r\n\r\n");
      await().atMost(PATIENCE).until(() -> held.size() == 2);
      held.remove(0).response().end("late");
      RunningGateway.until(other, "late"); // a connection is free for whatever comes
      held.remove(0).response().end("late");
      assertThat(RunningGateway.rest(kept)).contains("connection: close").endsWith("late");
    }
    assertThat(gateway.get("/").body()).isEqualTo("at once");
    assertThat(upstream.seen()).containsExactly("GET /held", "GET /held", "GET /");
  }

  private HttpClient http2(Handler<HttpConnection> connected) {
    HttpClientOptions options =
        new HttpClientOptions()
            .setProtocolVersion(HttpVersion.HTTP_2)
            .setUseAlpn(true)
            .setSsl(true)
            .setTrustAll(true)
            .setVerifyHost(false)
            .setDefaultHost("localhost")
            .setDefaultPort(gateway.gateway.tlsPort());
    return vertx.httpClientBuilder().with(options).withConnectHandler(connected).build();
  }

  private static Future<String> get(HttpClient client, String path) {
    return client
        .request(HttpMethod.GET, path)
        .compose(request -> request.send())
        .compose(response -> response.body())
        .map(Object::toString);
  }

  private static <T> T done(Future<T> future)
      throws InterruptedException, ExecutionException, TimeoutException {
    return future.toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  @Test
  void an_http_2_connection_ends_with_what_it_carries() throws Exception {
    start("4s");
    CompletableFuture<Void> wentAway = new CompletableFuture<>();
    HttpClient watching =
        http2(connection -> connection.goAwayHandler(frame -> wentAway.complete(null)));
    HttpClient client = http2(connection -> {});
    Future<String> under = get(watching, "/held");
    await().atMost(PATIENCE).until(() -> held.size() == 1);
    leave();
    wentAway.get(20, TimeUnit.SECONDS);
    assertThat(done(get(client, "/"))).isEqualTo("at once"); // a new connection, told so too
    assertThat(done(get(client, "/"))).isEqualTo("at once");
    assertThat(done(get(watching, "/"))).isEqualTo("at once"); // by another connection
    held.remove(0).response().end("late");
    assertThat(done(under)).isEqualTo("late");
    done(client.close());
    done(watching.close());
  }
}
