package apitwo.load;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/** This machine: its ports, what answers there, its programs. */
final class Loopback {
  static final String ADDRESS = "127.0.0.1";
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

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

  static boolean listens(int port) {
    try (var socket = new Socket(ADDRESS, port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  static HttpRequest.Builder request(int port, String path) {
    var uri = URI.create("http://" + ADDRESS + ":" + port + path);
    return HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(10));
  }

  /** The answer, if there is one. */
  static Optional<HttpResponse<String>> ask(HttpRequest request) {
    try {
      return Optional.of(HTTP.send(request, HttpResponse.BodyHandlers.ofString()));
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** The body of an answer 200, else nothing. */
  static Optional<String> get(int port, String path) {
    return ask(request(port, path).build()).filter(a -> a.statusCode() == 200).map(a -> a.body());
  }

  /** The path of a program of this machine. */
  static Optional<String> program(String name) {
    var folders = System.getenv("PATH") + ":/usr/local/sbin:/usr/sbin";
    return Stream.of(folders.split(":"))
        .map(folder -> Path.of(folder, name))
        .filter(Files::isExecutable)
        .map(Path::toString)
        .findFirst();
  }

  private Loopback() {}
}
