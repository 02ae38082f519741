package io.apitwo;

import static io.apitwo.RunningGateway.rest;
import static io.apitwo.RunningGateway.send;
import static io.apitwo.RunningGateway.until;
import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.http.HttpServerRequest;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whose turn it is, and when a connection is given up. */
class ConnectionTest {
  @TempDir Path folder;

  @Test
  void a_connection_without_use_is_closed_and_one_whose_upstream_works_is_not() throws Exception {
    CompletableFuture<HttpServerRequest> arrived = new CompletableFuture<>();
    try (TestUpstream upstream = new TestUpstream(arrived::complete);
        RunningGateway gateway =
            RunningGateway.start(folder, upstream.rules(""), "PROXY_IDLE_TIMEOUT", "1s");
        Socket working = gateway.connect()) {
      send(working, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      HttpServerRequest request = arrived.get(20, TimeUnit.SECONDS);
      for (int i = 0; i < 2; i++) { // each of them takes longer than the time-out
        try (Socket unused = gateway.connect()) {
          assertThat(rest(unused)).isEmpty();
        }
      }
      request.response().end("at last");
      assertThat(until(working, "at last")).startsWith("HTTP/1.1 200 ");
      assertThat(rest(working)).isEmpty();
    }
  }

  @Test
  void a_body_that_stops_coming_ends_its_request() throws Exception {
    CompletableFuture<Void> ended = new CompletableFuture<>();
    try (TestUpstream upstream =
            new TestUpstream(
                request -> {
                  request.handler(chunk -> {});
                  request.connection().closeHandler(closed -> ended.complete(null));
                });
        RunningGateway gateway =
            RunningGateway.start(
                folder, upstream.rules(""), "PROXY_IDLE_TIMEOUT", "1s", "ACCESS_LOG", "text");
        Socket client = gateway.connect()) {
      send(client, "POST /stuck HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nhalf");
      assertThat(rest(client)).isEmpty();
      ended.get(20, TimeUnit.SECONDS);
      awaitAccess(gateway, "\"POST /stuck HTTP/1.1\" 499");
      assertThat(gateway.log.toString()).doesNotContain("ERROR", "Exception");
    }
  }

  @Test
  void a_client_that_takes_nothing_is_given_up() throws Exception {
    CompletableFuture<Void> ended = new CompletableFuture<>();
    try (TestUpstream upstream =
            new TestUpstream(
                request -> {
                  request.connection().closeHandler(closed -> ended.complete(null));
                  request.response().setChunked(true).write("x".repeat(64 << 20));
                });
        RunningGateway gateway =
            RunningGateway.start(folder, upstream.rules(""), "PROXY_IDLE_TIMEOUT", "1s");
        Socket client = gateway.connect()) {
      send(client, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
      ended.get(30, TimeUnit.SECONDS);
    }
  }

  /** It may wait for the rest of the body; that the client is slow is not its silence. */
  @Test
  void an_upstream_that_answers_early_is_not_silent_while_the_client_sends() throws Exception {
    try (TestUpstream upstream =
            new TestUpstream(
                request -> {
                  if (request.path().equals("/silent")) {
                    return;
                  }
                  request.response().setChunked(true).write("early,");
                  request.endHandler(end -> request.response().end("late"));
                  request.handler(chunk -> {});
                });
        RunningGateway gateway = RunningGateway.start(folder, upstream.rules(", timeout: 300ms"));
        Socket client = gateway.connect()) {
      send(client, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\na");
      assertThat(until(client, "early,")).startsWith("HTTP/1.1 200 ");
      for (int i = 0; i < 2; i++) { // each of them takes longer than the time-out
        assertThat(gateway.get("/silent").statusCode()).isEqualTo(504);
      }
      send(client, "b");
      assertThat(until(client, "0\r\n\r\n")).contains("late");
    }
  }

  @Test
  void a_full_pool_is_503_and_no_fault_of_the_target() throws Exception {
    ConcurrentLinkedQueue<HttpServerRequest> held = new ConcurrentLinkedQueue<>();
    try (TestUpstream upstream =
        new TestUpstream(
            request -> {
              if (request.path().equals("/hold")) {
                held.add(request);
              } else {
                request.response().end("served");
              }
            })) {
      String rules = upstream.rules(", connectTimeout: 4s");
      String get = "GET /hold HTTP/1.1\r\nHost: h\r\n\r\n";
      List<Socket> clients = new ArrayList<>();
      try (RunningGateway gateway = RunningGateway.start(folder, rules, "PROXY_INSTANCES", "1")) {
        for (int i = 0; i < 512; i++) {
          Socket client = gateway.connect();
          clients.add(client);
          send(
              client, i % 2 == 0 ? get : get.replace("\r\n\r\n", "\r\nContent-Length: 1\r\n\r\nx"));
          if (clients.size() % 32 == 0) { // not all at once: none of them may wait for long
            Awaitility.await()
                .atMost(Duration.ofSeconds(20))
                .pollInterval(Duration.ofMillis(5))
                .until(() -> held.size() == clients.size());
          }
        }
        assertThat(gateway.get("/more").body())
            .isEqualTo("{\"msg\":\"Service busy\",\"code\":503}");
        held.poll().response().end();
        assertThat(gateway.get("/more").body()).isEqualTo("served");
        held.forEach(request -> request.response().end());
      } finally {
        for (Socket client : clients) {
          client.close();
        }
      }
    }
  }

  @Test
  void a_switch_of_protocols_that_nobody_asked_for_is_502() throws Exception {
    AtomicReference<Socket> taken = new AtomicReference<>();
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  taken.set(server.accept());
                  until(taken.get(), "\r\n\r\n");
                  send(
                      taken.get(),
                      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n");
                } catch (java.io.IOException closed) {
                  // the test is over
                }
              });
      thread.setDaemon(true);
      thread.start();
      String rules =
          "upstreams: { up: { targets: [\"http://127.0.0.1:%d\"] } }\nroutes: [{ id: a, upstream: up }]"
              .formatted(server.getLocalPort());
      try (RunningGateway gateway = RunningGateway.start(folder, rules)) {
        assertThat(gateway.get("/").statusCode()).isEqualTo(502);
      }
    } finally {
      if (taken.get() != null) {
        taken.get().close();
      }
    }
  }

  @Test
  void a_body_that_cannot_be_read_is_answered_400_and_its_upload_ended() throws Exception {
    CompletableFuture<Void> ended = new CompletableFuture<>();
    try (TestUpstream reading =
            new TestUpstream(
                request -> {
                  request.handler(chunk -> {});
                  request.connection().closeHandler(closed -> ended.complete(null));
                });
        RunningGateway gateway =
            RunningGateway.start(folder, reading.rules(""), "ACCESS_LOG", "text")) {
      try (Socket client = gateway.connect()) {
        send(
            client, "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n");
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> !reading.seen().isEmpty());
        send(client, "zz\r\n");
        assertThat(rest(client))
            .startsWith("HTTP/1.1 400 ")
            .endsWith("{\"msg\":\"Bad request\",\"code\":400}");
      }
      ended.get(20, TimeUnit.SECONDS);
      awaitAccess(gateway, "\"POST /b HTTP/1.1\" 400 ");
      assertThat(gateway.log.toString()).doesNotContain("ERROR", "WARN", "Exception");
    }
  }

  private static void awaitAccess(RunningGateway gateway, String line) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> gateway.accessLog.toString().contains(line));
  }
}
