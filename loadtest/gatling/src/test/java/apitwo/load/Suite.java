package apitwo.load;

import io.gatling.app.Gatling$;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;

/**
 * Runs simulations one after another in this process, so that they can share a lab. Gatling's own
 * main method ends the process after one; what it calls does not.
 */
public final class Suite {
  private static final Path LOG = Path.of("target", "gatling.log");
  private static final Path SUMMARY = Path.of("target", "summary.md");

  public static void main(String[] simulations) throws IOException {
    var console = System.out;
    System.setOut(new PrintStream(Files.newOutputStream(LOG), true, StandardCharsets.UTF_8));
    var summary = new Summary();
    for (var simulation : simulations) {
      summary.add(simulation, run(simulation));
      Files.writeString(SUMMARY, summary.toString());
      console.println(LocalTime.now().truncatedTo(ChronoUnit.SECONDS) + " " + simulation);
    }
    console.print(summary);
    console.println("The reports are in loadtest/gatling/target/gatling.");
    System.exit(summary.isGood() ? 0 : 1);
  }

  /** What Gatling says of it. */
  private static String run(String simulation) throws IOException {
    int before = Files.readString(LOG).length();
    try {
      var name = Suite.class.getPackageName() + "." + simulation;
      var reports = "target/gatling/" + simulation;
      Gatling$.MODULE$.fromArgs(new String[] {"--simulation", name, "--results-folder", reports});
    } catch (Exception e) {
      e.printStackTrace(System.out);
      var cause = e.getCause() == null ? e : e.getCause();
      Claims.claim(simulation, "it ran: " + cause.getMessage(), false);
    }
    return Files.readString(LOG).substring(before);
  }

  private Suite() {}
}
