package io.apitwo.docs;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.RedisServer;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** Somebody who types what a page says, from its top to its end, in a checkout that was built. */
final class Reader {
  /** The demo starts from sources; here it is the jar that was made of them. */
  private static final Map<String, String> STAND_INS =
      Map.of("mvn -q compile exec:java", "java -jar target/apitwo.jar");

  private static final int LATEST_SECOND = 40;

  private final Page page;
  private final Checkout checkout;
  private final Ports ports;
  private final Shell shell;
  private @Nullable RedisServer redis;

  private Reader(Page page, Checkout checkout, Ports ports, Shell shell) {
    this.page = page;
    this.checkout = checkout;
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
    Checkout checkout = Checkout.in(folder);
    Ports ports = Ports.free();
    try (Shell shell =
        new Shell(checkout.folder(), checkout.scratch(), checkout.environment(ports))) {
      assertThat(shell.run("command -v curl").exit()).as("curl is needed").isZero();
      Reader reader = new Reader(page, checkout, ports, shell);
      try {
        reader.read();
      } finally {
        reader.stopRedis();
      }
    }
  }

  private void read() throws Exception {
    for (Block block : page.blocks()) {
      if (block.isRun("minute")) {
        awaitYoungMinute();
      }
      if (block.isRun("redis")) {
        startRedis();
      } else if (block.isRun()) {
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

  /** The server of the tests, again on the same port once it was stopped. */
  private void startRedis() throws IOException {
    if (redis != null) {
      redis.restart();
      return;
    }
    redis = RedisServer.start();
    ports.put(Ports.REDIS, redis.port());
    checkout.addRedisCli(redis.port());
  }

  private void stopRedis() {
    if (redis != null) {
      redis.close();
    }
  }

  /** What is counted in one minute is asked for in one minute. */
  private static void awaitYoungMinute() {
    Awaitility.await()
        .atMost(Duration.ofMinutes(1))
        .until(() -> LocalTime.now(ZoneOffset.UTC).getSecond() < LATEST_SECOND);
  }
}
