package apitwo.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * HAProxy before a lab's gateways, set up as {@code compose/haproxy.cfg} is, but with more
 * patience: when two cores carry it all, a node that is late is not gone.
 */
final class Balancer {
  private static final Optional<String> PROGRAM = Loopback.program("haproxy");
  private static final String CONFIGURATION =
      """
      defaults
        mode http
        timeout connect 5s
        timeout check 5s
        timeout client 75s
        timeout server 75s
        option redispatch
        retries 3
        retry-on conn-failure

      listen gateways
        bind 127.0.0.1:%d maxconn 4000
        balance roundrobin
        option httpchk GET /health/ready
        default-server inter 500ms fall 1 rise 1
      %s

      listen state
        bind 127.0.0.1:%d
        stats enable
        stats uri /
      """;
  private final int port = Loopback.freePort();
  private final int state = Loopback.freePort();
  private Child process;

  /** Whether there is a program for it, and {@code -Dbalancer=none} does not forbid it. */
  static boolean isWanted() {
    return !"none".equals(System.getProperty("balancer")) && PROGRAM.isPresent();
  }

  void start(Path folder, List<Gateway> gateways) {
    var servers = gateways.stream().map(Balancer::server).collect(Collectors.joining("\n"));
    var file = folder.resolve("haproxy.cfg");
    try {
      Files.writeString(file, CONFIGURATION.formatted(port, servers, state));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    var command = List.of(PROGRAM.orElseThrow(), "-db", "-f", file.toString());
    process = Child.start("haproxy", folder, Map.of(), command);
    process.await("listens", () -> Loopback.listens(port));
  }

  private static String server(Gateway node) {
    return "  server %s 127.0.0.1:%d check port %d"
        .formatted(node.name, node.port(), node.management());
  }

  void kill() {
    process.kill();
  }

  void awaitUp(Gateway node) {
    var row = "gateways," + node.name + ",";
    Await.until(
        node.name + " is up for the balancer",
        () ->
            Loopback.get(state, "/;csv")
                .orElse("")
                .lines()
                .anyMatch(line -> line.startsWith(row) && line.contains(",UP,")));
  }

  String url() {
    return "http://" + Loopback.ADDRESS + ":" + port;
  }
}
