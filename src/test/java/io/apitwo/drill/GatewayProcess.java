package io.apitwo.drill;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;

/**
 * One node: the executable jar in a JVM of its own, in a folder of its own, on free ports. Whatever
 * happens in a drill, {@link #close} ends it.
 */
final class GatewayProcess implements AutoCloseable {
  private static final Pattern READY =
      Pattern.compile(
          "apitwo ready proxy=http://[0-9.]+:(\\d+) management=http://[0-9.]+:(\\d+) .*");
  private static final List<String> FLAGS =
      List.of("-Xmx192m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final Duration START = Duration.ofSeconds(90);

  private final String name;
  private final Path rules;
  private final Path out;
  private final Path err;
  private final Process process;
  private int port;
  private int management;

  private GatewayProcess(String name, Path folder, Process process) {
    this.name = name;
    this.rules = folder.resolve("rules.yaml");
    this.out = folder.resolve("out.txt");
    this.err = folder.resolve("err.txt");
    this.process = process;
  }

  /**
   * Starts a process and does not wait for it: call {@link #awaitReady} before anything else.
   *
   * @param folder an existing one, for this node alone
   * @param environment whole names of variables and their values
   */
  static GatewayProcess launch(
      String name, Path folder, String rulesText, Map<String, String> environment)
      throws IOException {
    return launch(name, folder, rulesText, environment, List.of());
  }

  /**
   * The same, as the argument of another command.
   *
   * @param before that command, which must become the process that it is given
   */
  static GatewayProcess launch(
      String name,
      Path folder,
      String rulesText,
      Map<String, String> environment,
      List<String> before)
      throws IOException {
    Files.writeString(folder.resolve("rules.yaml"), rulesText);
    List<String> command = new ArrayList<>(before);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(FLAGS);
    command.addAll(List.of("-jar", System.getProperty("apitwo.jar"), "--rules", "rules.yaml"));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(folder.resolve("out.txt").toFile())
            .redirectError(folder.resolve("err.txt").toFile());
    builder.environment().keySet().removeIf(variable -> variable.startsWith("APITWO_"));
    builder.environment().remove("REDIS_URL");
    builder.environment().put("APITWO_PROXY_PORT", "0");
    builder.environment().put("APITWO_MANAGEMENT_PORT", "0");
    builder.environment().putAll(environment);
    return new GatewayProcess(name, folder, builder.start());
  }

  GatewayProcess awaitReady() {
    Awaitility.await(name + " is ready")
        .atMost(START)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> isReady() || !process.isAlive());
    if (port == 0) {
      throw new AssertionError(name + " ended with " + process.exitValue() + "\n" + log());
    }
    return this;
  }

  private boolean isReady() throws IOException {
    for (String line : Files.readAllLines(out)) {
      Matcher ready = READY.matcher(line);
      if (ready.matches()) {
        port = Integer.parseInt(ready.group(1));
        management = Integer.parseInt(ready.group(2));
        return true;
      }
    }
    return false;
  }

  String name() {
    return name;
  }

  int port() {
    return port;
  }

  int managementPort() {
    return management;
  }

  long pid() {
    return process.pid();
  }

  /** What the management port answers. */
  String manage(String path) {
    try {
      URI uri = URI.create("http://127.0.0.1:" + management + path);
      HttpRequest request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(20)).build();
      return CLIENT.send(request, HttpResponse.BodyHandlers.ofString()).body();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(name + " says nothing", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** Whether it says that it is ready, and decides without Redis. */
  boolean isDegraded() {
    String ready = manage("/health/ready");
    return ready.contains("\"degraded\"");
  }

  /** The sum of the series of a name. */
  double metric(String series) {
    return manage("/metrics")
        .lines()
        .filter(line -> line.startsWith(series + " ") || line.startsWith(series + "{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** Standard output and error so far. */
  String log() {
    try {
      return Files.readString(out) + Files.readString(err);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** How often it has applied other rules. */
  int reloads() {
    return log().split("rules applied", -1).length - 1;
  }

  /** Saves other rules, whole or not at all, as an operator's tool does. */
  void saveRules(String text) throws IOException {
    Path beside = rules.resolveSibling("rules.new");
    Files.writeString(beside, text);
    Files.move(beside, rules, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Asks it to end, and waits until it has drained. @return its exit code */
  int terminate() {
    terminateLater();
    return awaitExit();
  }

  void terminateLater() {
    signal("TERM");
  }

  /** kill -9: nothing of it runs any more. */
  void kill() {
    signal("KILL");
    awaitExit();
  }

  /** Takes the processor away from it, until {@link #resume}. */
  void pause() {
    signal("STOP");
  }

  void resume() {
    signal("CONT");
  }

  int awaitExit() {
    try {
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        throw new AssertionError(name + " does not end\n" + log());
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private void signal(String signal) {
    Signal.send(signal, process.pid());
  }

  @Override
  public void close() {
    process.destroyForcibly();
    awaitExit();
  }
}
