package io.apitwo.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/** Somebody who types what a page says, from its top to its end, in a checkout that was built. */
final class Reader {
  /** The demo starts from sources; here it is the jar that was made of them. */
  private static final Map<String, String> STAND_INS =
      Map.of("mvn -q compile exec:java", "java -jar target/apitwo.jar");

  private static final int LATEST_SECOND = 40;

  private final Page page;
  private final Ports ports;
  private final Shell shell;

  private Reader(Page page, Ports ports, Shell shell) {
    this.page = page;
    this.ports = ports;
    this.shell = shell;
  }

  /**
   * A page that the end of an hour cuts in two is read once more: the counts of its hour are gone.
   */
  static void read(Page page, Path folder) throws Exception {
    Instant hour = Instant.now().truncatedTo(ChronoUnit.HOURS);
    try {
      readOnce(page, folder);
    } catch (AssertionError wrong) {
      if (Instant.now().truncatedTo(ChronoUnit.HOURS).equals(hour)) {
        throw wrong;
      }
      readOnce(page, folder);
    }
  }

  private static void readOnce(Page page, Path folder) throws Exception {
    Path checkout = checkout(Files.createTempDirectory(folder, "checkout"));
    Ports ports =
        new Ports(Ports.PROXY, Ports.MANAGEMENT, "8081", "9091", "5701", "5702", "15701", "15702");
    Map<String, String> environment = new HashMap<>();
    environment.put("APITWO_PROXY_PORT", ports.of(Ports.PROXY));
    environment.put("APITWO_MANAGEMENT_PORT", ports.of(Ports.MANAGEMENT));
    environment.put("LC_ALL", "C.UTF-8");
    String java = Path.of(System.getProperty("java.home"), "bin").toString();
    environment.put("PATH", java + ":" + System.getenv("PATH"));
    Path scratch = Files.createTempDirectory(folder, "shell");
    Files.writeString(scratch.resolve(".curlrc"), "no-progress-meter\n"); // as on a terminal
    environment.put("CURL_HOME", scratch.toString());
    try (Shell shell = new Shell(checkout, scratch, environment)) {
      assertThat(shell.run("command -v curl").exit()).as("curl is needed").isZero();
      new Reader(page, ports, shell).read();
    }
  }

  /** What is in the repository for users, and the jar where a build leaves it. */
  private static Path checkout(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("conf"))) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve(file));
      }
    }
    Path target = Files.createDirectory(folder.resolve("target"));
    Files.copy(Path.of(System.getProperty("apitwo.jar")), target.resolve("apitwo.jar"));
    return folder;
  }

  private void read() throws Exception {
    for (Block block : page.blocks()) {
      if (block.isRun("minute")) {
        awaitYoungMinute();
      }
      if (block.isRun()) {
        for (Block.Step step : block.steps()) {
          run(block, step);
        }
      }
    }
  }

  private void run(Block block, Block.Step step) throws Exception {
    String place = page.file() + ":" + step.line() + ": " + step.command();
    String command = ports.toFree(STAND_INS.getOrDefault(step.command(), step.command()));
    Shown shown = new Shown(step.shown());
    if (block.isRun("gateway")) {
      shell.start(command, output -> shown.fits(ports.toNamed(output)));
      return;
    }
    Shell.Result result = shell.run(command);
    String output = ports.toNamed(result.output());
    if (!shown.fits(output)) {
      List<String> lines = output.stripTrailing().lines().toList();
      assertThat(lines).as(place).isEqualTo(step.shown());
    }
    assertThat(step.shown().isEmpty() ? result.exit() : 0).as(place + " exit").isZero();
  }

  /** What is counted in one minute is asked for in one minute. */
  private static void awaitYoungMinute() {
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .until(() -> LocalTime.now(ZoneOffset.UTC).getSecond() < LATEST_SECOND);
  }
}
