package io.apitwo;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * A real redis-server process of a test's own: on a free port of 127.0.0.1, in a folder of its own,
 * keeping nothing on disk. The binary is the one that {@code APITWO_TEST_REDIS_SERVER} names, else
 * version 6.2 from the test class path, the oldest that the gateway supports.
 */
public final class RedisServer implements AutoCloseable {
  private static final int ATTEMPTS = 5;

  private final Path folder;
  private final List<String> arguments;
  private final int port;
  private Process process;

  private RedisServer(Path folder, int port, List<String> arguments) throws IOException {
    this.folder = folder;
    this.port = port;
    this.arguments = arguments;
    this.process = launch();
  }

  /**
   * Starts a server and waits until it answers.
   *
   * @param arguments more of them, as on the command line: {@code "--maxmemory", "10mb"}
   */
  public static RedisServer start(String... arguments) throws IOException {
    return start(List.of(), arguments);
  }

  /**
   * Starts a sentinel that watches one master, alone (a quorum of one).
   *
   * @param name the master's name
   */
  public static RedisServer sentinel(String name, RedisServer master) throws IOException {
    return sentinel(
        List.of(
            "sentinel monitor " + name + " 127.0.0.1 " + master.port + " 1",
            "sentinel down-after-milliseconds " + name + " 500",
            "sentinel failover-timeout " + name + " 2000"));
  }

  /**
   * Starts a sentinel.
   *
   * @param configuration lines of its file, which say what it watches
   * @param arguments more of them, as on the command line
   */
  public static RedisServer sentinel(List<String> configuration, String... arguments)
      throws IOException {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add("--sentinel");
    return start(configuration, all.toArray(String[]::new));
  }

  private static RedisServer start(List<String> configuration, String... arguments)
      throws IOException {
    Path folder = Files.createTempDirectory("apitwo-redis");
    Path file = Files.write(folder.resolve("redis.conf"), configuration);
    for (int attempt = 1; ; attempt++) {
      int port = List.of(arguments).contains("--cluster-enabled") ? clusterPort() : freePort();
      List<String> all = new ArrayList<>(List.of(file.toString(), "--port", "" + port));
      all.addAll(List.of("--bind", "127.0.0.1", "--dir", folder.toString()));
      if (configuration.isEmpty()) {
        all.addAll(List.of("--save", "", "--appendonly", "no"));
      }
      all.addAll(List.of(arguments));
      RedisServer server = new RedisServer(folder, port, all);
      try {
        server.awaitAnswer();
        return server;
      } catch (RuntimeException e) {
        // Somebody may have taken the port in between.
        server.kill();
        if (attempt == ATTEMPTS) {
          throw new IOException(Files.readString(folder.resolve("redis.log")), e);
        }
      }
    }
  }

  /** A port that nobody listens on now. */
  public static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** One whose companion for the cluster's own talk, 10,000 further on, is free as well. */
  static int clusterPort() throws IOException {
    for (int attempt = 1; ; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(10_000, 32_000);
      try (ServerSocket one = new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
          ServerSocket two = new ServerSocket(port + 10_000, 1, InetAddress.getLoopbackAddress())) {
        return Math.min(one.getLocalPort(), two.getLocalPort());
      } catch (IOException taken) {
        if (attempt == 100) {
          throw taken;
        }
      }
    }
  }

  private Process launch() throws IOException {
    List<String> words = new ArrayList<>();
    words.add(Binary.PATH);
    words.addAll(arguments);
    Process launched =
        new ProcessBuilder(words)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("redis.log").toFile()))
            .start();
    Runtime.getRuntime().addShutdownHook(new Thread(launched::destroyForcibly));
    return launched;
  }

  private void awaitAnswer() {
    Awaitility.await()
        .pollInterval(Duration.ofMillis(10))
        .atMost(Duration.ofSeconds(20))
        .failFast("redis-server ended", () -> !process.isAlive())
        .ignoreExceptions()
        .until(() -> "PONG".equals(command("PING")));
  }

  public int port() {
    return port;
  }

  /** {@code redis://127.0.0.1:PORT}. */
  public String url() {
    return "redis://127.0.0.1:" + port;
  }

  /** SIGKILL, and waits for the end. */
  public void kill() {
    process.destroyForcibly();
    awaitEnd();
  }

  /** SIGTERM, and waits for the end. */
  public void stop() {
    process.destroy();
    awaitEnd();
  }

  private void awaitEnd() {
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        throw new IllegalStateException("redis-server does not end");
      }
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** SIGSTOP: connections stay open, nothing answers, the kernel takes what is sent. */
  public void pause() {
    signal("STOP");
  }

  /** SIGCONT: everything that was sent meanwhile is executed. */
  public void resume() {
    signal("CONT");
  }

  private void signal(String name) {
    try {
      Process kill = new ProcessBuilder("kill", "-" + name, "" + process.pid()).inheritIO().start();
      if (!kill.waitFor(20, TimeUnit.SECONDS) || kill.exitValue() != 0) {
        throw new IllegalStateException("kill -" + name + " failed");
      }
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Starts a server that was stopped or killed again, empty, on the same port. */
  public void restart() throws IOException {
    process = launch();
    awaitAnswer();
  }

  /**
   * Sends one command over a connection of its own and waits for the reply.
   *
   * @return a String (bytes as ISO 8859-1), a Long, a List of these, or null
   * @throws IllegalStateException with the server's words when it refuses
   */
  public @Nullable Object command(String... words) {
    return command(port, words);
  }

  /** The same, to any server of this machine. */
  public static @Nullable Object command(int port, String... words) {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(20_000);
      ByteArrayOutputStream request = new ByteArrayOutputStream();
      request.write(("*" + words.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
      for (String word : words) {
        byte[] bytes = word.getBytes(StandardCharsets.ISO_8859_1);
        request.write(("$" + bytes.length + "\r\n").getBytes(StandardCharsets.US_ASCII));
        request.write(bytes);
        request.write("\r\n".getBytes(StandardCharsets.US_ASCII));
      }
      socket.getOutputStream().write(request.toByteArray());
      return reply(new BufferedInputStream(socket.getInputStream()));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** How often it has answered with an error that starts with a word. */
  public long errors(String word) {
    return ((String) command("INFO", "errorstats"))
        .lines()
        .filter(line -> line.startsWith("errorstat_" + word + ":"))
        .mapToLong(line -> Long.parseLong(line.replaceFirst(".*count=", "")))
        .sum();
  }

  private static @Nullable Object reply(InputStream in) throws IOException {
    String line = line(in);
    String rest = line.substring(1);
    switch (line.charAt(0)) {
      case '+':
        return rest;
      case ':':
        return Long.valueOf(rest);
      case '$':
        int length = Integer.parseInt(rest);
        if (length < 0) {
          return null;
        }
        String text = new String(in.readNBytes(length), StandardCharsets.ISO_8859_1);
        line(in);
        return text;
      case '*':
        List<@Nullable Object> items = new ArrayList<>();
        for (int i = Integer.parseInt(rest); i > 0; i--) {
          items.add(reply(in));
        }
        return items;
      default:
        throw new IllegalStateException(rest);
    }
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\r'; c = in.read()) {
      if (c < 0) {
        throw new EOFException();
      }
      line.append((char) c);
    }
    in.read();
    return line.toString();
  }

  @Override
  public void close() {
    kill();
    try (Stream<Path> files = Files.walk(folder)) {
      files.sorted(Comparator.reverseOrder()).map(Path::toFile).forEach(java.io.File::delete);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Found or unpacked once. */
  private static final class Binary {
    static final String PATH = find();

    private static String find() {
      String named = System.getenv("APITWO_TEST_REDIS_SERVER");
      return named != null ? named : unpack();
    }

    private static String unpack() {
      boolean arm = System.getProperty("os.arch").equals("aarch64");
      boolean mac = System.getProperty("os.name").startsWith("Mac");
      String name =
          mac
              ? arm ? "redis-server-6.2.6-v5-darwin-arm64" : "redis-server-6.2.6-v5-darwin-amd64"
              : arm ? "redis-server-6.2.7-linux-arm64" : "redis-server-6.2.6-v5-linux-amd64";
      try (InputStream in = RedisServer.class.getResourceAsStream("/" + name)) {
        if (in == null) {
          throw new IOException(name + " is not on the class path");
        }
        Path file = Files.createTempFile("apitwo-redis-server", "");
        Files.copy(in, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        if (!file.toFile().setExecutable(true)) {
          throw new IOException(file + " cannot be made executable");
        }
        file.toFile().deleteOnExit();
        return file.toString();
      } catch (IOException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
