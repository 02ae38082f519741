package io.apitwo.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Where a page is tried: a folder with what the repository has for users, the jar where a build
 * leaves it, and beside it what a shell needs to be like a reader's.
 *
 * @param folder where commands run
 * @param scratch what is not the reader's
 */
record Checkout(Path folder, Path scratch) {
  private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin");

  static Checkout in(Path folder) throws IOException {
    Checkout checkout =
        new Checkout(
            Files.createTempDirectory(folder, "checkout"),
            Files.createTempDirectory(folder, "scratch"));
    checkout.fill();
    return checkout;
  }

  private void fill() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("conf"))) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve(file));
      }
    }
    Path target = Files.createDirectory(folder.resolve("target"));
    Files.copy(Path.of(System.getProperty("apitwo.jar")), target.resolve("apitwo.jar"));
    Files.createDirectory(programs());
    Files.writeString(scratch.resolve(".curlrc"), "no-progress-meter\n"); // as on a terminal
  }

  private Path programs() {
    return scratch.resolve("bin");
  }

  /**
   * The variables of the shell: gateways that are told nothing take the free ports, and have
   * patience with a Redis that shares a busy machine with them.
   */
  Map<String, String> environment(Ports ports) {
    return Map.of(
        "APITWO_PROXY_PORT",
        ports.of(Ports.PROXY),
        "APITWO_MANAGEMENT_PORT",
        ports.of(Ports.MANAGEMENT),
        "APITWO_STORE_TIMEOUT",
        "5s",
        "CURL_HOME",
        scratch.toString(),
        "LC_ALL",
        "C.UTF-8",
        "PATH",
        programs() + ":" + JAVA + ":" + System.getenv("PATH"));
  }

  /** Has {@code redis-cli} speak to a server. */
  void addRedisCli(int port) throws IOException {
    String script =
        "#!/bin/sh\nexec '%s' -XX:TieredStopAtLevel=1 -cp '%s' %s %d \"$@\"\n"
            .formatted(
                JAVA.resolve("java"),
                System.getProperty("java.class.path"),
                RedisCli.class.getName(),
                port);
    Path file = Files.writeString(programs().resolve("redis-cli"), script);
    if (!file.toFile().setExecutable(true)) {
      throw new IOException(file + " cannot be made executable");
    }
  }
}
