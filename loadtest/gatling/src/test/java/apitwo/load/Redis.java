package apitwo.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A Redis that keeps nothing on a disk: one that was killed comes back empty. */
final class Redis {
  private static final String PROGRAM = program();
  private final Path folder;
  private final int port = Loopback.freePort();
  private Child process;

  Redis(Path folder) {
    this.folder = folder;
  }

  void start() {
    var command = new ArrayList<>(List.of(PROGRAM, "--port", "" + port));
    command.addAll(List.of("--bind", Loopback.ADDRESS, "--save", "", "--appendonly", "no"));
    process = Child.start("redis", folder, Map.of(), command);
    process.await("listens", () -> Loopback.listens(port));
  }

  void kill() {
    process.kill();
  }

  /** What {@code -Dredis} names, else the machine's, else the one of a Maven artifact. */
  private static String program() {
    var named = System.getProperty("redis", "");
    return named.isEmpty() ? Loopback.program("redis-server").orElseGet(Redis::unpacked) : named;
  }

  private static String unpacked() {
    if (!System.getProperty("os.name").equals("Linux")) {
      throw new IllegalStateException("no redis-server is installed");
    }
    boolean arm = System.getProperty("os.arch").equals("aarch64");
    var name = arm ? "redis-server-6.2.7-linux-arm64" : "redis-server-6.2.6-v5-linux-amd64";
    var file = Path.of("target", "redis-server").toAbsolutePath();
    try (var binary = Redis.class.getResourceAsStream("/" + name)) {
      Files.copy(binary, file, StandardCopyOption.REPLACE_EXISTING);
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwx------"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return file.toString();
  }

  String url() {
    return "redis://" + Loopback.ADDRESS + ":" + port;
  }
}
