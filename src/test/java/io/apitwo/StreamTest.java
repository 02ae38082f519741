package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Watching a node, second by second. */
class StreamTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String RULES =
      LimitingTest.echo("by: [{ header: X-Client }], windows: { month: 2 }");

  @TempDir Path folder;

  private static Socket listen(RunningGateway gateway) throws IOException {
    Socket socket = new Socket("127.0.0.1", gateway.gateway.managementPort());
    socket.setSoTimeout(20_000);
    RunningGateway.send(
        socket,
        "GET /admin/v1/stream HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer "
            + RunningGateway.TOKEN
            + "\r\n\r\n");
    return socket;
  }

  private static JsonObject event(Socket stream) throws IOException {
    String text = RunningGateway.until(stream, "}\n\n");
    return new JsonObject(text.substring(text.indexOf("data: ") + "data: ".length()));
  }

  @Test
  void each_second_is_told_until_the_node_drains() throws Exception {
    RunningGateway gateway = RunningGateway.start(folder, RULES);
    Socket stream = listen(gateway);
    assertThat(RunningGateway.until(stream, "retry: 2000\n\n"))
        .startsWith("HTTP/1.1 200")
        .contains("text/event-stream");
    JsonObject sum = new JsonObject();
    for (int i = 0; i < 5; i++) {
      gateway.get("/", "X-Client", "c");
    }
    gateway.get("/", "X-Client", "d");
    long requests = 0;
    long passed = 0;
    long refused = 0;
    while (requests < 6) {
      sum = event(stream);
      requests += sum.getLong("requests");
      passed += sum.getLong("passed");
      refused += sum.getJsonObject("refused").getLong("default", 0L);
    }
    assertThat(requests).isEqualTo(6);
    assertThat(passed).isEqualTo(3);
    assertThat(refused).isEqualTo(3);
    assertThat(sum.getJsonArray("topRefused").encode())
        .isEqualTo(
            "[{\"limit\":\"default\",\"clients\":[{\"client\":\"c\",\"count\":3,\"error\":0}]}]");
    assertThat(sum.getBoolean("degraded")).isFalse();
    assertThat(sum.getInteger("revision")).isEqualTo(1);
    assertThat(sum.getInteger("nodes")).isEqualTo(1);
    gateway.close();
    assertThat(RunningGateway.rest(stream)).endsWith("0\r\n\r\n");
  }

  @Test
  void so_many_may_listen_and_when_one_leaves_there_is_room_for_another() throws Exception {
    try (RunningGateway gateway = RunningGateway.start(folder, RULES)) {
      List<Socket> listeners = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        listeners.add(listen(gateway));
        assertThat(RunningGateway.until(listeners.get(i), "retry: 2000")).contains("200 OK");
      }
      try (Socket late = listen(gateway)) {
        assertThat(RunningGateway.until(late, "\r\n\r\n")).contains("503", "Retry-After: 5");
      }
      listeners.get(0).close();
      await()
          .atMost(PATIENCE)
          .until(
              () -> {
                Socket next = listen(gateway);
                listeners.add(next);
                return RunningGateway.until(next, "\r\n\r\n").contains("200 OK");
              });
      for (Socket each : listeners) {
        each.close();
      }
    }
  }
}
