package apitwo.load;

import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.Simulation;

/** All ask as one client that stays within its limit: its leases serve nearly all of them. */
public final class HotKey extends Simulation {
  private final Lab lab = Lab.shared();

  public HotKey() {
    var request =
        http("hot key")
            .get(session -> lab.url("/steady"))
            .header("X-Client", "hot")
            .check(status().in(200, 204));
    setUp(
            scenario("hot key")
                .exec(request)
                .injectOpen(constantUsersPerSec(Options.users(200)).during(Options.seconds(20))))
        .protocols(http.shareConnections())
        .assertions(global().failedRequests().count().is(0L));
  }
}
