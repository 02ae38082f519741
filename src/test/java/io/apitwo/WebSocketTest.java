package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.ServerWebSocket;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetServerOptions;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** WebSockets: one request that lasts, and what the two ends say to each other. */
class WebSocketTest {
  private static final String HANDSHAKE =
      "GET /chat HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"
          + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";

  @TempDir Path folder;

  private final Vertx vertx = Vertx.vertx();
  private final BlockingQueue<ServerWebSocket> accepted = new LinkedBlockingQueue<>();
  private HttpServer upstream;
  private RunningGateway gateway;

  @BeforeEach
  void echo() {
    upstream =
        listen(
            server()
                .webSocketHandler(
                    socket -> {
                      accepted.add(socket);
                      socket.frameHandler(
                          frame -> {
                            if (frame.isText()) {
                              socket.writeTextMessage(socket.path() + " " + frame.textData());
                            } else if (frame.isBinary() || frame.isContinuation()) {
                              socket.writeFrame(frame);
                            }
                          });
                    })
                .requestHandler(WebSocketTest::refuse));
  }

  private HttpServer server() {
    return vertx.createHttpServer(new HttpServerOptions().setHost("127.0.0.1").setPort(0));
  }

  private static HttpServer listen(HttpServer server) {
    return server.listen().await();
  }

  private static void refuse(HttpServerRequest request) {
    request.response().setStatusCode(418).end(String.valueOf(request.getHeader("Upgrade")));
  }

  @AfterEach
  void close() {
    if (gateway != null) {
      gateway.close();
    }
    vertx.close().await();
  }

  private void start(String limit, String... settings) throws Exception {
    start(upstream.actualPort(), limit, settings);
  }

  private void start(int port, String limit, String... settings) throws Exception {
    String rules =
        """
        upstreams:
          up: { targets: ["http://127.0.0.1:%d"] }
        routes:
          - { id: all, upstream: up, limits: [default] }
        limits: { default: { by: [address], %s } }
        """
            .formatted(port, limit);
    gateway = RunningGateway.start(folder, rules, settings);
  }

  /** What a client hears. */
  private static final class Ears implements WebSocket.Listener {
    final LinkedBlockingQueue<String> texts = new LinkedBlockingQueue<>();
    final AtomicLong bytes = new AtomicLong();
    final CompletableFuture<Void> closed = new CompletableFuture<>();

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
      texts.add(data.toString());
      socket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onBinary(WebSocket socket, ByteBuffer data, boolean last) {
      bytes.addAndGet(data.remaining());
      socket.request(1);
      return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int status, String reason) {
      closed.complete(null);
      return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
      closed.complete(null);
    }

    String text() throws InterruptedException {
      return texts.poll(20, TimeUnit.SECONDS);
    }
  }

  private WebSocket connect(Ears ears) throws Exception {
    URI uri = URI.create("ws://127.0.0.1:" + gateway.gateway.proxyPort() + "/chat");
    return HttpClient.newHttpClient()
        .newWebSocketBuilder()
        .buildAsync(uri, ears)
        .get(20, TimeUnit.SECONDS);
  }

  private void assertFree() {
    await().atMost(Duration.ofSeconds(20)).until(() -> gateway.get("/").statusCode() == 418);
  }

  @Test
  void both_ends_hear_each_other() throws Exception {
    start("windows: { minute: 10 }");
    Ears ears = new Ears();
    WebSocket socket = connect(ears);
    socket.sendText("hello", true).get(20, TimeUnit.SECONDS);
    assertThat(ears.text()).isEqualTo("/chat hello");
    accepted().writeTextMessage("unasked");
    assertThat(ears.text()).isEqualTo("unasked");
    socket.sendClose(WebSocket.NORMAL_CLOSURE, "bye").get(20, TimeUnit.SECONDS);
    ears.closed.get(20, TimeUnit.SECONDS);
  }

  @Test
  void clients_may_come_by_https() throws Exception {
    TestCertificate certificate = TestCertificate.in(folder);
    start(
        "windows: { minute: 10 }",
        "PROXY_TLS_PORT",
        "0",
        "PROXY_TLS_CERT",
        certificate.certificate().toString(),
        "PROXY_TLS_KEY",
        certificate.key().toString());
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(certificate.trust());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    Ears ears = new Ears();
    WebSocket socket =
        HttpClient.newBuilder()
            .sslContext(context)
            .build()
            .newWebSocketBuilder()
            .buildAsync(URI.create("wss://localhost:" + gateway.gateway.tlsPort() + "/chat"), ears)
            .get(20, TimeUnit.SECONDS);
    socket.sendText("hello", true).get(20, TimeUnit.SECONDS);
    assertThat(ears.text()).isEqualTo("/chat hello");
    socket.abort();
  }

  @Test
  void what_one_end_cannot_take_yet_waits() throws Exception {
    start("windows: { minute: 10 }");
    Ears ears = new Ears();
    WebSocket socket = connect(ears);
    byte[] part = new byte[60_000];
    for (int i = 0; i < 500; i++) {
      socket.sendBinary(ByteBuffer.wrap(part), true).get(20, TimeUnit.SECONDS);
    }
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(ears.bytes).hasValue(500L * part.length));
    socket.abort();
  }

  @Test
  void a_handshake_counts_as_a_request_and_may_be_refused() throws Exception {
    start("windows: { month: 1 }");
    WebSocket first = connect(new Ears());
    assertThatThrownBy(() -> connect(new Ears()))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isInstanceOfSatisfying(
            WebSocketHandshakeException.class,
            refused -> assertThat(refused.getResponse().statusCode()).isEqualTo(429));
    assertThat(accepted).hasSize(1);
    first.abort();
  }

  @Test
  void the_answer_to_a_handshake_says_what_is_left() throws Exception {
    start("windows: { month: 10 }");
    try (Socket socket = gateway.connect()) {
      socket.getOutputStream().write(HANDSHAKE.getBytes(StandardCharsets.US_ASCII));
      String head = head(socket.getInputStream());
      assertThat(head)
          .startsWith("HTTP/1.1 101 Switching Protocols\r\n")
          .containsIgnoringCase("\r\nupgrade: websocket\r\n")
          .containsIgnoringCase("\r\nconnection: upgrade\r\n")
          .containsIgnoringCase("\r\nsec-websocket-accept: ")
          .containsIgnoringCase("\r\nratelimit: \"month\";r=9;t=");
    }
  }

  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      assertThat(next).isNotNegative();
      head.append((char) next);
    }
    return head.toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"the client says so", "the client is gone", "the upstream says so"})
  void it_is_in_flight_until_it_ends(String how) throws Exception {
    start("algorithm: concurrency, max: 1");
    WebSocket socket = connect(new Ears());
    assertThat(gateway.get("/").statusCode()).isEqualTo(429);
    switch (how) {
      case "the client says so" -> socket.sendClose(WebSocket.NORMAL_CLOSURE, "").join();
      case "the client is gone" -> socket.abort();
      default -> accepted().close();
    }
    assertFree();
  }

  @Test
  void a_client_that_resets_its_connection_frees_its_permit() throws Exception {
    start("algorithm: concurrency, max: 1");
    try (Socket socket = gateway.connect()) {
      socket.getOutputStream().write(HANDSHAKE.getBytes(StandardCharsets.US_ASCII));
      assertThat(head(socket.getInputStream())).startsWith("HTTP/1.1 101 ");
      assertThat(gateway.get("/").statusCode()).isEqualTo(429);
      socket.setSoLinger(true, 0);
    }
    assertFree();
  }

  @Test
  void one_on_which_nothing_moves_is_closed() throws Exception {
    start("algorithm: concurrency, max: 1", "PROXY_IDLE_TIMEOUT", "1s");
    Ears ears = new Ears();
    connect(ears);
    ears.closed.get(20, TimeUnit.SECONDS);
    assertFree();
  }

  @Test
  void what_its_upstream_does_not_want_is_answered_as_that_says_and_holds_nothing()
      throws Exception {
    upstream.close().await();
    upstream = listen(server().requestHandler(WebSocketTest::refuse));
    start("windows: { month: 10000 }", "PROXY_INSTANCES", "1");
    for (int i = 0; i < 520; i++) { // more than there may be connections to an upstream
      try (Socket socket = gateway.connect()) {
        socket.getOutputStream().write(HANDSHAKE.getBytes(StandardCharsets.US_ASCII));
        assertThat(head(socket.getInputStream())).as("%d", i).startsWith("HTTP/1.1 418 ");
      }
    }
    HttpRequest.Builder post =
        gateway.request("/").POST(HttpRequest.BodyPublishers.ofString("body"));
    assertThat(gateway.send(post).statusCode()).isEqualTo(418);
  }

  /** Its client has to wait for the answer; whoever does not may be up to something. */
  @ParameterizedTest
  @ValueSource(strings = {"GET / HTTP/1.1\r\nHost: h\r\n\r\n", "\u0081\u0082\0\0\0\0hi"})
  void what_comes_right_behind_a_handshake_is_refused_with_it(String more) throws Exception {
    start("algorithm: concurrency, max: 1");
    try (Socket socket = gateway.connect()) {
      socket.getOutputStream().write((HANDSHAKE + more).getBytes(StandardCharsets.ISO_8859_1));
      assertThat(head(socket.getInputStream())).startsWith("HTTP/1.1 400 ");
    }
    assertFree();
  }

  /** The next one that the upstream has: it may hear of it after the client does. */
  private ServerWebSocket accepted() throws InterruptedException {
    ServerWebSocket socket = accepted.poll(20, TimeUnit.SECONDS);
    assertThat(socket).isNotNull();
    return socket;
  }

  @Test
  void a_client_that_takes_nothing_is_given_up() throws Exception {
    start("algorithm: concurrency, max: 1", "PROXY_IDLE_TIMEOUT", "1s");
    try (Socket socket = gateway.connect()) {
      socket.getOutputStream().write(HANDSHAKE.getBytes(StandardCharsets.US_ASCII));
      assertThat(head(socket.getInputStream())).startsWith("HTTP/1.1 101 ");
      ServerWebSocket talker = accepted();
      Buffer much = Buffer.buffer(new byte[1 << 20]);
      vertx.runOnContext(
          go -> {
            for (int i = 0; i < 64; i++) {
              talker.writeFinalBinaryFrame(much);
            }
          });
      assertFree(); // although the client neither reads nor leaves
    }
  }

  @Test
  void more_of_them_than_connections_may_be_in_use_leave_room_for_requests() throws Exception {
    start("windows: { month: 10000 }", "PROXY_INSTANCES", "1");
    List<Socket> open = new ArrayList<>();
    try {
      for (int i = 0; i < 520; i++) {
        Socket socket = gateway.connect();
        open.add(socket);
        socket.getOutputStream().write(HANDSHAKE.getBytes(StandardCharsets.US_ASCII));
        assertThat(head(socket.getInputStream())).as("%d", i).startsWith("HTTP/1.1 101 ");
      }
      assertThat(gateway.get("/").statusCode()).isEqualTo(418);
    } finally {
      for (Socket socket : open) {
        socket.close();
      }
    }
  }

  @Test
  void a_switch_to_something_else_is_502_and_holds_nothing() throws Exception {
    NetServer other =
        vertx
            .createNetServer(new NetServerOptions().setHost("127.0.0.1").setPort(0))
            .connectHandler(
                socket ->
                    socket.handler(
                        any ->
                            socket.write(
                                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n")))
            .listen()
            .await();
    start(other.actualPort(), "windows: { month: 10000 }", "PROXY_INSTANCES", "1");
    for (int i = 0; i < 520; i++) {
      try (Socket socket = gateway.connect()) {
        socket.getOutputStream().write(HANDSHAKE.getBytes(StandardCharsets.US_ASCII));
        assertThat(head(socket.getInputStream())).as("%d", i).startsWith("HTTP/1.1 502 ");
      }
    }
    other.close().await();
  }

  /** Whatever fills the buffers between the two, the last bytes are somewhere among them. */
  @Test
  void what_a_client_said_before_it_left_reaches_a_slow_upstream() throws Exception {
    try (ServerSocket server = new ServerSocket()) {
      server.setReceiveBufferSize(4_096);
      server.bind(new InetSocketAddress("127.0.0.1", 0));
      start(server.getLocalPort(), "windows: { month: 10000 }");
      int room = room(server);
      boolean left = true;
      for (int said = Math.max(0, room - (256 << 10)); left; said += 16 << 10) {
        try (Socket client = gateway.connect()) {
          client.getOutputStream().write(HANDSHAKE.getBytes(StandardCharsets.US_ASCII));
          try (Socket far = server.accept()) {
            far.setSoTimeout(20_000);
            RunningGateway.until(far, "\r\n\r\n");
            RunningGateway.send(
                far,
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n");
            assertThat(head(client.getInputStream())).startsWith("HTTP/1.1 101 ");
            client.getOutputStream().write(new byte[said]);
            client.shutdownOutput();
            left = isClosed(client);
            assertThat(far.getInputStream().readAllBytes().length).isEqualTo(said);
          }
        }
      }
    }
  }

  /** How many bytes a connection takes that nobody reads from. */
  private static int room(ServerSocket server) throws IOException {
    try (SocketChannel full = SocketChannel.open(server.getLocalSocketAddress());
        Socket silent = server.accept()) {
      assertThat(silent.isConnected()).isTrue();
      full.configureBlocking(false);
      int room = 0;
      for (int refused = 0; refused < 1_000; refused++) {
        room += full.write(ByteBuffer.allocate(16 << 10));
      }
      return room;
    }
  }

  /** Whether the gateway has seen the client go; not so while it lets nothing more come. */
  private static boolean isClosed(Socket client) throws IOException {
    client.setSoTimeout(2_000);
    try {
      return client.getInputStream().read() < 0;
    } catch (SocketTimeoutException heldBack) {
      return false;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"h2c", "TLS/1.0", "websocket, h2c"})
  void other_protocols_are_not_switched_to(String protocol) throws Exception {
    start("windows: { month: 10 }");
    try (Socket socket = gateway.connect()) {
      String request = HANDSHAKE.replace("Upgrade: WebSocket", "Upgrade: " + protocol);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      InputStream in = socket.getInputStream();
      assertThat(head(in)).startsWith("HTTP/1.1 418 ");
      assertThat(new String(in.readNBytes(4), StandardCharsets.US_ASCII)).isEqualTo("null");
    }
  }
}
