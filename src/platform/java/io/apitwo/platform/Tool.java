package io.apitwo.platform;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** A program that the project is checked with; where it is not there, the check says so. */
record Tool(String file) {
  private static final Path FOLDER =
      Path.of(System.getProperty("platform.tools", "target/platform-tools"));

  /** What a program wrote to both streams, and how it ended. */
  record Result(int exit, String out) {
    String succeeded() {
      assertThat(exit).as(out).isZero();
      return out;
    }
  }

  /** One that {@code src/platform/tools} fetches. */
  static Tool fetched(String name) {
    Path file = FOLDER.resolve(name);
    Assumptions.assumeTrue(Files.isExecutable(file), "no " + file + " (src/platform/tools)");
    return new Tool(file.toAbsolutePath().toString());
  }

  /** One of the system. */
  static Tool onPath(String name) {
    boolean there =
        Stream.of(System.getenv("PATH").split(":"))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, name)));
    Assumptions.assumeTrue(there, "no " + name + " on the path");
    return new Tool(name);
  }

  /** Where npm put a package that {@code src/platform/tools} fetches. */
  static Path folder(String name) {
    Path folder = FOLDER.resolve(name);
    Assumptions.assumeTrue(
        Files.isDirectory(folder.resolve("node_modules")),
        "no " + folder + " (src/platform/tools)");
    return folder;
  }

  Result run(String... arguments) throws IOException, InterruptedException {
    return runWith("", arguments);
  }

  /**
   * @param input what it reads on standard input
   */
  Result runWith(String input, String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(file));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    try (var in = process.getOutputStream()) {
      in.write(input.getBytes(StandardCharsets.UTF_8));
    }
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Result(process.waitFor(), out);
  }
}
