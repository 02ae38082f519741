package apitwo.load;

import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.Simulation;

/** One client that is far over its limit goes on asking: no more than its ten pass. */
public final class RefusedFlood extends Simulation {
  private final Lab lab = Lab.of("refused", 3);

  public RefusedFlood() {
    var request =
        http("refused flood").get("/few").header("X-Client", "flood").check(status().in(200, 429));
    setUp(
            scenario("refused flood")
                .exec(request)
                .injectOpen(constantUsersPerSec(Options.users(300)).during(Options.seconds(20))))
        .protocols(http.baseUrls(lab.urls()).shareConnections())
        .assertions(global().failedRequests().count().is(0L));
  }

  @Override
  public void after() {
    lab.stop();
    long served = lab.served("/few");
    Lab.claim("RefusedFlood", "%d of 10 passed".formatted(served), served == 10);
  }
}
