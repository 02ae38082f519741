package apitwo.load;

import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.Simulation;

/** One client that is far over its limit goes on asking: no more than its ten pass. */
public final class RefusedFlood extends Simulation {
  private final Lab lab = Lab.shared();

  public RefusedFlood() {
    var request =
        http("refused flood")
            .get(session -> lab.url("/few"))
            .header("X-Client", "flood")
            .check(status().in(204, 429));
    setUp(
            scenario("refused flood")
                .exec(request)
                .injectOpen(constantUsersPerSec(Options.users(300)).during(Options.seconds(20))))
        .protocols(http.shareConnections())
        .assertions(global().failedRequests().count().is(0L));
  }

  @Override
  public void after() {
    long served = Upstream.served("/few");
    Claims.claim(this, "%d of 10 passed".formatted(served), served == 10);
  }
}
