package io.apitwo.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apitwo.config.ActiveRules;
import io.apitwo.config.Revision;
import io.apitwo.rules.Settings;
import io.apitwo.telemetry.Frequent;
import io.apitwo.telemetry.Meters;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Streams of large events, and listeners that do not read them. */
class StreamRouteTest {
  private static final Duration PATIENCE = Duration.ofSeconds(40);
  private static final String TOKEN = "a token for a test alone";
  private static final String RULES =
      "upstreams: { a: { builtin: echo } }\n"
          + "routes: [{ id: a, match: { path: '/**' }, upstream: a }]\n";

  private final List<Socket> listeners = new ArrayList<>();
  private Vertx vertx;
  private Meters meters;
  private ManagementVerticle management;

  @BeforeEach
  void open() throws Exception {
    ActiveRules active = new ActiveRules(Revision.compile(1, "test", RULES));
    meters = new Meters(() -> 1, List::of);
    String name = "c".repeat(500); // a few events are more than the kernel takes
    List<Frequent> clients =
        IntStream.range(0, 2_000).mapToObj(i -> new Frequent(name + i, 1, 0)).toList();
    Live.Now now = new Live.Now(meters.traffic(), Map.of("a", clients), false, 1, 1);
    StreamRoute stream = new StreamRoute(() -> Future.succeededFuture(now), InstantSource.system());
    Settings.Management where = new Settings.Management("127.0.0.1", 0, null, null);
    management =
        new ManagementVerticle(
            where, AdminToken.of(TOKEN), active, new Health(), meters, List.of(stream));
    vertx = Vertx.vertx();
    vertx.deployVerticle(management).await();
  }

  @AfterEach
  void close() throws IOException {
    for (Socket each : listeners) {
      each.close();
    }
    vertx.close().await();
    meters.close();
  }

  /** A listener, of whom the head of the answer is read. */
  private String listen() throws IOException {
    Socket socket = new Socket();
    listeners.add(socket);
    socket.setReceiveBufferSize(4_096);
    socket.setSoTimeout(20_000);
    socket.connect(new InetSocketAddress("127.0.0.1", management.actualPort()));
    String request = "GET /admin/v1/stream HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer ";
    socket
        .getOutputStream()
        .write((request + TOKEN + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
    return new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
  }

  @Test
  void who_does_not_read_is_cut_off_and_makes_room() throws Exception {
    for (int i = 0; i < StreamRoute.MOST_LISTENERS; i++) {
      assertThat(listen()).isEqualTo("HTTP/1.1 200");
    }
    assertThat(listen()).isEqualTo("HTTP/1.1 503");
    await().atMost(PATIENCE).until(() -> listen().equals("HTTP/1.1 200"));
  }
}
