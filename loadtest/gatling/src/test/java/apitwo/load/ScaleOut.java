package apitwo.load;

import static io.gatling.javaapi.core.CoreDsl.atOnceUsers;
import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.pause;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.Simulation;

/** One node becomes two, then four, under load: no request fails, and a limit stays exact. */
public final class ScaleOut extends Simulation {
  private static final int QUOTA = 400;
  private static final String PATH = "/exact/scale-out";
  private final Lab lab = Lab.own("scale-out", 4, 1);
  private volatile int started = 1;

  public ScaleOut() {
    int seconds = Options.seconds(30);
    var limited =
        http("limited")
            .get(session -> lab.url(PATH))
            .header("X-Client", "one")
            .check(status().in(204, 429));
    setUp(
            scenario("clients")
                .exec(Traffic.withinLimits("clients", session -> lab.url("/steady")))
                .injectOpen(constantUsersPerSec(Options.users(80)).during(seconds)),
            scenario("limited")
                .exec(limited)
                .injectOpen(constantUsersPerSec(QUOTA * 1.5 / seconds).during(seconds)),
            scenario("operator")
                .exec(
                    pause(seconds / 4),
                    lab.act(() -> startUpTo(2)),
                    pause(seconds / 4),
                    lab.act(() -> startUpTo(4)))
                .injectOpen(atOnceUsers(1)))
        .protocols(http.shareConnections())
        .assertions(global().failedRequests().count().is(0L));
  }

  private void startUpTo(int nodes) {
    while (started < nodes) {
      lab.start(lab.gateway(started));
      started++;
    }
  }

  @Override
  public void after() {
    lab.settle(this);
    lab.end();
    Claims.claim(this, "%d of 4 nodes".formatted(started), started == 4);
    long served = Upstream.served(PATH);
    Claims.claim(this, "%d of %d passed".formatted(served, QUOTA), served == QUOTA);
  }
}
