package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apitwo.FaultProxy.Fate;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The faults of {@link FaultProxy}, in front of a real Redis. */
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class FaultProxyTest {
  private static final String COUNT = "return redis.call('incr', 'calls')";

  private static RedisServer redis;
  private FaultProxy proxy;

  @BeforeAll
  static void start() throws Exception {
    redis = RedisServer.start();
  }

  @AfterAll
  static void end() throws Exception {
    redis.close();
  }

  @BeforeEach
  void open() throws Exception {
    proxy = new FaultProxy(redis.port());
    try (Client direct = new Client(redis.port())) {
      direct.ask("set", "calls", "0");
    }
  }

  @AfterEach
  void close() throws Exception {
    proxy.close();
  }

  /** Speaks the protocol as far as one line goes. */
  private static final class Client implements AutoCloseable {
    private final Socket socket;

    Client(int port) throws IOException {
      socket = new Socket("127.0.0.1", port);
      socket.setSoTimeout(20_000);
    }

    void send(String... command) throws IOException {
      socket.getOutputStream().write(RespFrames.command(command));
    }

    /**
     * @return a line of the answer; null when the connection has ended
     */
    String line() throws IOException {
      StringBuilder line = new StringBuilder();
      InputStream in = socket.getInputStream();
      for (int c = in.read(); c != '\n'; c = in.read()) {
        if (c < 0) {
          return null;
        }
        line.append((char) c);
      }
      return line.toString().strip();
    }

    String ask(String... command) throws IOException {
      send(command);
      return line();
    }

    /** Whether the connection is of no use, with or without a reset. */
    boolean isOver() {
      try {
        return line() == null;
      } catch (SocketTimeoutException silence) {
        return false;
      } catch (IOException reset) {
        return true;
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private static String calls() throws IOException {
    try (Client direct = new Client(redis.port())) {
      direct.send("get", "calls");
      direct.line();
      return direct.line();
    }
  }

  @Test
  void without_a_fault_everything_passes() throws Exception {
    try (Client client = new Client(proxy.port())) {
      assertThat(client.ask("ping")).isEqualTo("+PONG");
      assertThat(client.ask("eval", COUNT, "0")).isEqualTo(":1");
      proxy.delay(Duration.ofMillis(5));
      assertThat(client.ask("eval", COUNT, "0")).isEqualTo(":2");
    }
    assertThat(proxy.lostReplies()).isZero();
    assertThat(proxy.lostRequests()).isZero();
  }

  @Test
  void a_call_whose_reply_is_lost_was_carried_out() throws Exception {
    proxy.cut(FaultProxy.every(1, Fate.LOSE_REPLY), 0);
    try (Client client = new Client(proxy.port())) {
      assertThat(client.ask("ping")).isEqualTo("+PONG");
      client.send("eval", COUNT, "0");
      assertThat(client.isOver()).isTrue();
    }
    Awaitility.await().until(() -> proxy.lostReplies() == 1);
    assertThat(calls()).isEqualTo("1");
    assertThat(proxy.log()).contains("connection 1: cut after a request, 1 replies lost");
  }

  @Test
  void a_call_that_is_lost_was_never_carried_out() throws Exception {
    proxy.cut(FaultProxy.every(1, Fate.LOSE_REQUEST), 0);
    try (Client client = new Client(proxy.port())) {
      client.send("eval", COUNT, "0");
      assertThat(client.isOver()).isTrue();
    }
    assertThat(calls()).isEqualTo("0");
    assertThat(proxy.lostRequests()).isEqualTo(1);
    proxy.pass();
    try (Client client = new Client(proxy.port())) {
      assertThat(client.ask("eval", COUNT, "0")).isEqualTo(":1");
    }
  }

  @Test
  void calls_that_follow_a_lost_reply_lose_theirs_too_while_it_holds() throws Exception {
    proxy.cut(FaultProxy.every(1, Fate.LOSE_REPLY), 60_000);
    try (Client client = new Client(proxy.port())) {
      for (int i = 0; i < 5; i++) {
        client.send("eval", COUNT, "0");
      }
      Awaitility.await().until(() -> calls().equals("5"));
    }
    Awaitility.await().until(() -> proxy.lostReplies() == 5);
  }

  @Test
  void only_every_nth_call_is_hit() throws Exception {
    proxy.cut(FaultProxy.every(3, Fate.LOSE_REPLY), 0);
    try (Client client = new Client(proxy.port())) {
      assertThat(client.ask("eval", COUNT, "0")).isEqualTo(":1");
      assertThat(client.ask("eval", COUNT, "0")).isEqualTo(":2");
      client.send("eval", COUNT, "0");
      assertThat(client.isOver()).isTrue();
    }
    try (Client client = new Client(proxy.port())) {
      assertThat(client.ask("eval", COUNT, "0")).isEqualTo(":4");
    }
  }

  @Test
  void random_fates_are_the_same_for_the_same_seed() {
    FaultProxy.Fates one = FaultProxy.random(7, 4);
    FaultProxy.Fates two = FaultProxy.random(7, 4);
    int cuts = 0;
    for (int i = 0; i < 1_000; i++) {
      Fate fate = one.next();
      assertThat(two.next()).isEqualTo(fate);
      cuts += fate == Fate.PASS ? 0 : 1;
    }
    assertThat(cuts).isBetween(150, 350);
  }

  @Test
  void a_blackhole_takes_everything_and_answers_nothing() throws Exception {
    try (Client client = new Client(proxy.port())) {
      assertThat(client.ask("ping")).isEqualTo("+PONG");
      proxy.blackhole();
      client.send("eval", COUNT, "0");
      try (Client later = new Client(proxy.port())) {
        later.socket.setSoTimeout(100);
        later.send("ping");
        assertThatThrownBy(later::line).isInstanceOf(SocketTimeoutException.class);
      }
      proxy.pass();
      assertThat(client.isOver()).isTrue();
    }
    assertThat(calls()).isEqualTo("0");
  }

  @Test
  void refused_connections_end_at_once_and_open_ones_too() throws Exception {
    try (Client client = new Client(proxy.port())) {
      assertThat(client.ask("ping")).isEqualTo("+PONG");
      proxy.refuse();
      assertThat(client.isOver()).isTrue();
    }
    try (Client client = new Client(proxy.port())) {
      assertThat(client.isOver()).isTrue();
    }
    proxy.pass();
    try (Client client = new Client(proxy.port())) {
      assertThat(client.ask("ping")).isEqualTo("+PONG");
      proxy.reset();
      assertThat(client.isOver()).isTrue();
    }
  }

  @Test
  void messages_are_counted_however_they_are_cut() {
    byte[] stream =
        ("*2\r\n$3\r\nget\r\n$1\r\na\r\n" // a request
                + "*3\r\n$7\r\nevalsha\r\n$2\r\n\r\n\r\n$0\r\n\r\n" // a script, odd arguments
                + "+OK\r\n:1\r\n$-1\r\n*0\r\n*-1\r\n_\r\n,1.5\r\n" // seven answers
                + "%1\r\n+a\r\n*2\r\n:1\r\n:2\r\n" // one map
                + "|1\r\n+ttl\r\n:3\r\n+OK\r\n" // one answer with an attribute
                + ">2\r\n+message\r\n$1\r\nx\r\n" // a push
                + "*2\r\n*1\r\n:1\r\n~1\r\n+x\r\n") // one nested
            .getBytes(StandardCharsets.US_ASCII);
    for (int size = 1; size <= stream.length; size++) {
      RespFrames frames = new RespFrames();
      for (int from = 0; from < stream.length; from += size) {
        byte[] chunk =
            java.util.Arrays.copyOfRange(stream, from, Math.min(stream.length, from + size));
        frames.feed(chunk, chunk.length);
      }
      assertThat(frames.messages()).isEqualTo(12);
      assertThat(frames.calls()).isEqualTo(1);
      assertThat(frames.isBetweenMessages()).isTrue();
    }
  }
}
