package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The published comparison is made of the published measurements. */
class ComparisonDocumentTest {
  @TempDir Path folder;

  @Test
  void its_tables_and_figures_are_what_the_rows_beside_it_make() throws Exception {
    assumeTrue(installed("python3"), "python3 is not installed");
    Path said = folder.resolve("said.txt");
    Process check =
        new ProcessBuilder(
                "loadtest/compare/run", "--report", "docs/comparison/rows.jsonl", "--check")
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    try {
      assertThat(check.waitFor(60, TimeUnit.SECONDS)).as("ended").isTrue();
      assertThat(check.exitValue()).as(Files.readString(said)).isZero();
    } finally {
      check.destroyForcibly();
    }
  }

  private static boolean installed(String program) {
    return Arrays.stream(System.getenv("PATH").split(File.pathSeparator))
        .anyMatch(place -> Files.isExecutable(Path.of(place, program)));
  }
}
