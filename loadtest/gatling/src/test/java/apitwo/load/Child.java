package apitwo.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A process that the lab started. Its pid is in {@code target/pids}, so that the caller can end it
 * if we cannot.
 */
final class Child {
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();
  private final String name;
  private final Process process;

  private Child(String name, Process process) {
    this.name = name;
    this.process = process;
  }

  /** Starts a command in a folder, where NAME.out and NAME.err keep what it says. */
  static Child start(
      String name, Path folder, Map<String, String> environment, List<String> command) {
    try {
      Files.createDirectories(folder);
      var builder = new ProcessBuilder(command).directory(folder.toFile());
      builder.environment().putAll(environment);
      builder.redirectOutput(
          ProcessBuilder.Redirect.appendTo(folder.resolve(name + ".out").toFile()));
      builder.redirectError(
          ProcessBuilder.Redirect.appendTo(folder.resolve(name + ".err").toFile()));
      var child = new Child(name, builder.start());
      Files.writeString(
          Path.of("target", "pids"),
          child.process.pid() + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
      return child;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** SIGTERM, and SIGKILL to what is still there after half a minute. */
  void stop() {
    process.destroy();
    if (!ended(30)) {
      kill();
    }
  }

  /** SIGKILL. */
  void kill() {
    process.destroyForcibly();
    ended(5);
  }

  private boolean ended(int seconds) {
    try {
      return process.waitFor(seconds, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  void awaitPort(int port) {
    await("listens on " + port, () -> listens(port));
  }

  void awaitReady(int managementPort) {
    await("is ready", () -> status("http://127.0.0.1:" + managementPort + "/health/ready") == 200);
  }

  private void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.getAsBoolean()) {
      if (!process.isAlive() || System.nanoTime() - deadline > 0) {
        throw new IllegalStateException(name + " never " + what + "; see " + name + ".err");
      }
      pause(50);
    }
  }

  static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /**
   * Asks a fresh process one thing after another, so that its code is compiled before it is
   * measured.
   */
  static void warm(String url) {
    for (int i = 0; i < 1500; i++) {
      status(url);
    }
  }

  /** Never the same twice, and below those that outgoing connections take. */
  static int freePort() {
    while (true) {
      int port = ThreadLocalRandom.current().nextInt(10_000, 30_000);
      if (GIVEN.add(port) && free(port)) {
        return port;
      }
    }
  }

  private static boolean free(int port) {
    try (var socket = new ServerSocket(port)) {
      return socket.isBound();
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean listens(int port) {
    try (var socket = new Socket("127.0.0.1", port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  private static int status(String url) {
    try {
      var request = HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(2)).build();
      return HTTP.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    } catch (IOException e) {
      return -1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return -1;
    }
  }
}
