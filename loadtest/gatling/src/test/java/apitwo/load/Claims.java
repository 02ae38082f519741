package apitwo.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Facts for the summary, beside what Gatling measures; one that does not hold fails the run. */
final class Claims {
  static void claim(Object simulation, String what, boolean holds) {
    claim(simulation.getClass().getSimpleName(), what, holds);
  }

  static void claim(String simulation, String what, boolean holds) {
    var verdict = holds ? "ok" : "FAILED";
    var line = simulation + "\t" + verdict + "\t" + what + "\n";
    try {
      var file = Path.of("target", "claims");
      Files.writeString(file, line, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Claims() {}
}
