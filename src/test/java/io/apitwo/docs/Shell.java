package io.apitwo.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import org.awaitility.Awaitility;

/**
 * One bash, as a reader has it open: what a command sets, the next one sees. Closing it ends all
 * that was started from it.
 */
final class Shell implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final Path scratch;
  private final Process bash;
  private final Writer in;
  private final BufferedReader out;
  private int commands;

  /** What a command left. */
  record Result(int exit, String output) {}

  /**
   * @param folder where commands run
   * @param scratch a folder for what the shell needs itself
   */
  Shell(Path folder, Path scratch, Map<String, String> environment) throws IOException {
    this.scratch = scratch;
    ProcessBuilder builder = new ProcessBuilder("bash", "--noprofile", "--norc");
    builder.environment().keySet().removeIf(Shell::disturbs);
    builder.environment().putAll(environment);
    bash = builder.directory(folder.toFile()).redirectErrorStream(true).start();
    in = bash.outputWriter(StandardCharsets.UTF_8);
    out = bash.inputReader(StandardCharsets.UTF_8);
  }

  /** Whether a variable of whoever runs the tests would change what programs do or print. */
  private static boolean disturbs(String variable) {
    return variable.startsWith("APITWO_")
        || variable.startsWith("REDIS_")
        || variable.toLowerCase(Locale.ROOT).endsWith("_proxy")
        || List.of("JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS").contains(variable);
  }

  /** Runs a command to its end, with standard error where standard output goes. */
  Result run(String command) throws Exception {
    Path output = write(command, "2>&1");
    CompletableFuture<String> exit = CompletableFuture.supplyAsync(this::line);
    try {
      int code = Integer.parseInt(exit.get(PATIENCE.toSeconds(), TimeUnit.SECONDS));
      return new Result(code, Files.readString(output).replace("\r\n", "\n"));
    } catch (TimeoutException e) {
      throw new AssertionError(command + " does not end: " + Files.readString(output), e);
    }
  }

  /**
   * Runs a command that stays, until it has said what it should on standard output. What it logs to
   * standard error depends on the machine, and only a failure shows it.
   */
  void start(String command, Predicate<String> said) throws Exception {
    Path errors = Files.createTempFile(scratch, "command", ".err");
    Path output = write(command, "2> '" + errors + "' &");
    line();
    Awaitility.await(command)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .untilAsserted(
            () ->
                assertThat(Files.readString(output))
                    .as(() -> readAll(errors))
                    .matches(said, "says what is shown"));
  }

  private static String readAll(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private Path write(String command, String end) throws IOException {
    String name = "command-" + ++commands;
    Path script = Files.writeString(scratch.resolve(name), command + "\n");
    Path output = Files.createFile(scratch.resolve(name + ".out")); // there before it is read
    in.write(". '" + script + "' < /dev/null > '" + output + "' " + end + "\necho $?\n");
    in.flush();
    return output;
  }

  private String line() {
    try {
      return String.valueOf(out.readLine());
    } catch (IOException e) {
      return e.toString();
    }
  }

  @Override
  public void close() throws IOException {
    List<ProcessHandle> started = bash.descendants().toList();
    started.forEach(ProcessHandle::destroy);
    in.close();
    try {
      Awaitility.await("the end of what was started")
          .atMost(PATIENCE)
          .until(() -> started.stream().noneMatch(ProcessHandle::isAlive));
    } finally {
      started.forEach(ProcessHandle::destroyForcibly);
      bash.destroyForcibly();
    }
  }
}
