package apitwo.load;

import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.Simulation;

/**
 * An even stream of requests of a hundred clients that stay within their limits: all are served.
 */
public final class Steady extends Simulation {
  private final Lab lab = Lab.of("steady", 3);

  public Steady() {
    var request =
        http("steady")
            .get("/steady")
            .header("X-Client", session -> "c" + session.userId() % 100)
            .check(status().is(200));
    setUp(
            scenario("steady")
                .exec(request)
                .injectOpen(constantUsersPerSec(Options.users(100)).during(Options.seconds(20))))
        .protocols(http.baseUrls(lab.urls()).shareConnections())
        .assertions(
            global().failedRequests().count().is(0L),
            global().responseTime().percentile3().lt(250));
  }

  @Override
  public void after() {
    lab.stop();
  }
}
