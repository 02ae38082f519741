package apitwo.load;

import io.gatling.app.Gatling$;
import java.time.LocalTime;
import java.time.temporal.ChronoUnit;

/** Runs simulations one after another in this process, so that they can share a lab. */
public final class Suite {
  public static void main(String[] simulations) {
    int worst = 0;
    for (var simulation : simulations) {
      var name = Suite.class.getPackageName() + "." + simulation;
      var reports = "target/gatling/" + simulation;
      String[] arguments = {"--simulation", name, "--results-folder", reports};
      worst = Math.max(worst, Gatling$.MODULE$.fromArgs(arguments));
      System.err.println(
          LocalTime.now().truncatedTo(ChronoUnit.SECONDS) + " " + simulation + " is done");
    }
    System.exit(worst);
  }

  private Suite() {}
}
