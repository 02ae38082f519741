package apitwo.load;

import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;

import io.gatling.javaapi.core.Simulation;

/**
 * An even stream of requests of a hundred clients that stay within their limits: all are served.
 */
public final class Steady extends Simulation {
  private final Lab lab = Lab.shared();

  public Steady() {
    setUp(
            scenario("steady")
                .exec(Traffic.withinLimits("steady", session -> lab.url("/steady")))
                .injectOpen(constantUsersPerSec(Options.users(100)).during(Options.seconds(20))))
        .protocols(http.shareConnections())
        .assertions(global().failedRequests().count().is(0L));
  }
}
