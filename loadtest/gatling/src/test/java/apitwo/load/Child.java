package apitwo.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A process that the lab started. It ends with this one, at the latest. Its pid is in {@code
 * target/pids}, so that the caller can end it if we cannot.
 */
final class Child {
  private static final Set<Child> ALL = ConcurrentHashMap.newKeySet();
  private final String name;
  private final Process process;

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> ALL.forEach(Child::kill)));
  }

  private Child(String name, Process process) {
    this.name = name;
    this.process = process;
    ALL.add(this);
  }

  /** Starts a command in a folder, where NAME.out and NAME.err keep what it says. */
  static Child start(
      String name, Path folder, Map<String, String> environment, List<String> command) {
    try {
      Files.createDirectories(folder);
      var builder = new ProcessBuilder(command).directory(folder.toFile());
      builder.environment().putAll(environment);
      builder.redirectOutput(
          ProcessBuilder.Redirect.appendTo(folder.resolve(name + ".out").toFile()));
      builder.redirectError(
          ProcessBuilder.Redirect.appendTo(folder.resolve(name + ".err").toFile()));
      var child = new Child(name, builder.start());
      Files.writeString(
          Path.of("target", "pids"),
          child.process.pid() + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
      return child;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** SIGTERM; fails when it is still there after half a minute. */
  void stop() {
    process.destroy();
    if (!ended(30)) {
      throw new IllegalStateException(name + " did not end");
    }
    ALL.remove(this);
  }

  /** SIGKILL. */
  void kill() {
    process.destroyForcibly();
    ended(5);
    ALL.remove(this);
  }

  private boolean ended(int seconds) {
    try {
      return process.waitFor(seconds, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Fails at once when the process is gone. */
  void await(String what, BooleanSupplier condition) {
    Await.until(
        name + " " + what + "; see " + name + ".err",
        () -> {
          if (!process.isAlive()) {
            throw new IllegalStateException(name + " ended; see " + name + ".err");
          }
          return condition.getAsBoolean();
        });
  }
}
