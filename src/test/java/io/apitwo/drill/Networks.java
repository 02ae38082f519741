package io.apitwo.drill;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Two networks, joined by one cable that can be pulled: namespaces of this machine, each with an
 * address of its own. Needs the right to make them.
 */
final class Networks implements AutoCloseable {
  private static final String LEFT = "apitwo-left";
  private static final String RIGHT = "apitwo-right";

  private Networks() {}

  /** Whether this process may make some. */
  static boolean arePossible() {
    try {
      return run("ip", "netns", "add", "apitwo-try") == 0
          & run("ip", "netns", "del", "apitwo-try") == 0;
    } catch (IOException e) {
      return false;
    }
  }

  static Networks make() throws IOException {
    Networks networks = new Networks();
    networks.close(); // what an earlier one may have left
    must("ip", "netns", "add", LEFT);
    must("ip", "netns", "add", RIGHT);
    must(
        "ip", "link", "add", "cable", "netns", LEFT, "type", "veth", "peer", "name", "cable",
        "netns", RIGHT);
    for (String side : List.of(LEFT, RIGHT)) {
      must("ip", "-n", side, "link", "set", "lo", "up");
      must("ip", "-n", side, "addr", "add", address(side) + "/24", "dev", "cable");
      must("ip", "-n", side, "link", "set", "cable", "up");
    }
    return networks;
  }

  private static String address(String side) {
    return side.equals(LEFT) ? "10.213.7.1" : "10.213.7.2";
  }

  /** The address of the one or the other. */
  static String address(boolean left) {
    return address(left ? LEFT : RIGHT);
  }

  /** What runs a command in the one or the other. */
  static List<String> inside(boolean left) {
    return List.of("ip", "netns", "exec", left ? LEFT : RIGHT);
  }

  void pullTheCable() throws IOException {
    must("ip", "-n", LEFT, "link", "set", "cable", "down");
  }

  void plugItIn() throws IOException {
    must("ip", "-n", LEFT, "link", "set", "cable", "up");
  }

  private static void must(String... command) throws IOException {
    if (run(command) != 0) {
      throw new IOException("failed: " + String.join(" ", command));
    }
  }

  private static int run(String... command) throws IOException {
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      return process.waitFor(10, TimeUnit.SECONDS) ? process.exitValue() : -1;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return -1;
    }
  }

  @Override
  public void close() throws IOException {
    run("ip", "netns", "del", LEFT);
    run("ip", "netns", "del", RIGHT);
  }
}
