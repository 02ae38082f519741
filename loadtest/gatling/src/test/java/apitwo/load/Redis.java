package apitwo.load;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A Redis that keeps nothing on a disk: one that was killed comes back empty. */
final class Redis {
  private final Path folder;
  private final int port = Loopback.freePort();
  private Child process;

  Redis(Path folder) {
    this.folder = folder;
  }

  void start() {
    var server = System.getProperty("redis", "redis-server");
    var where = List.of(server, "--port", "" + port, "--bind", Loopback.ADDRESS);
    var memoryOnly = List.of("--save", "", "--appendonly", "no");
    var command = new ArrayList<>(where);
    command.addAll(memoryOnly);
    process = Child.start("redis", folder, Map.of(), command);
    process.await("listens", () -> Loopback.listens(port));
  }

  void stop() {
    process.stop();
  }

  void kill() {
    process.kill();
  }

  String url() {
    return "redis://" + Loopback.ADDRESS + ":" + port;
  }
}
