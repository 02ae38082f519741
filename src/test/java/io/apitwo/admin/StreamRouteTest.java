package io.apitwo.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apitwo.config.ActiveRules;
import io.apitwo.config.Revision;
import io.apitwo.rules.Settings;
import io.apitwo.telemetry.Frequent;
import io.apitwo.telemetry.Meters;
import io.apitwo.telemetry.Traffic;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Streams of large events, and listeners that do not read them. */
class StreamRouteTest {
  private static final Duration PATIENCE = Duration.ofSeconds(40);
  private static final String TOKEN = "a token for a test alone";
  private static final String RULES =
      "upstreams: { a: { builtin: echo } }\n"
          + "routes: [{ id: a, match: { path: '/**' }, upstream: a }]\n";

  private final List<Socket> listeners = new ArrayList<>();
  private final Vertx vertx = Vertx.vertx();
  private final Meters meters = new Meters(() -> 1, List::of);
  private ManagementVerticle management;

  private void open(Live live, LongSupplier nanoTime) throws Exception {
    ActiveRules active = new ActiveRules(Revision.compile(1, "test", RULES));
    StreamRoute stream = new StreamRoute(live, InstantSource.system(), nanoTime);
    Settings.Management where = new Settings.Management("127.0.0.1", 0, null, null);
    management =
        new ManagementVerticle(
            where, AdminToken.of(TOKEN), active, new Health(), meters, List.of(stream));
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
    String name = "c".repeat(500); // a few events are more than the kernel takes
    List<Frequent> clients =
        IntStream.range(0, 2_000).mapToObj(i -> new Frequent(name + i, 1, 0)).toList();
    Live.Now now = new Live.Now(meters.traffic(), Map.of("a", clients), false, 1, 1);
    open(() -> Future.succeededFuture(now), System::nanoTime);
    for (int i = 0; i < StreamRoute.MOST_LISTENERS; i++) {
      assertThat(listen()).isEqualTo("HTTP/1.1 200");
    }
    assertThat(listen()).isEqualTo("HTTP/1.1 503");
    await().atMost(PATIENCE).until(() -> listen().equals("HTTP/1.1 200"));
  }

  private static Live.Now after(long requests) {
    return new Live.Now(new Traffic(requests, 0, Map.of()), Map.of(), false, 1, 1);
  }

  /** Skips what comes before the next event. */
  private JsonObject event(BufferedReader lines) throws IOException {
    String line = lines.readLine();
    while (!line.startsWith("data: ")) {
      line = lines.readLine();
    }
    return new JsonObject(line.substring("data: ".length()));
  }

  @Test
  void while_no_answer_comes_nothing_more_is_asked_and_then_the_time_is_told() throws Exception {
    AtomicLong nanos = new AtomicLong();
    List<Promise<Live.Now>> asked = new CopyOnWriteArrayList<>();
    open(
        () -> {
          asked.add(Promise.promise());
          return asked.get(asked.size() - 1).future();
        },
        nanos::get);
    assertThat(listen()).isEqualTo("HTTP/1.1 200");
    InputStream in = listeners.get(0).getInputStream();
    BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    await().atMost(PATIENCE).until(() -> asked.size() == 1);
    asked.get(0).complete(after(5));
    await().atMost(PATIENCE).until(() -> asked.size() == 2);
    AtomicInteger seconds = new AtomicInteger();
    vertx.setPeriodic(1_000, tick -> seconds.incrementAndGet());
    await().atMost(PATIENCE).until(() -> seconds.get() == 3);
    assertThat(asked).hasSize(2);
    nanos.addAndGet(10_000_000_000L);
    asked.get(1).complete(after(105));
    JsonObject late = event(lines);
    assertThat(late.getLong("requests")).isEqualTo(100);
    assertThat(late.getLong("millis")).isEqualTo(10_000);
    await().atMost(PATIENCE).until(() -> asked.size() == 3);
    nanos.addAndGet(1_000_000_000L);
    asked.get(2).complete(after(112));
    JsonObject next = event(lines);
    assertThat(next.getLong("requests")).isEqualTo(7);
    assertThat(next.getLong("millis")).isEqualTo(1_000);
  }
}
