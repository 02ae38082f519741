package apitwo.load;

import static io.gatling.javaapi.core.CoreDsl.atOnceUsers;
import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.details;
import static io.gatling.javaapi.core.CoreDsl.pause;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;

import io.gatling.javaapi.core.Simulation;

/** One of three nodes is killed and comes back: who asks the other two notices nothing. */
public final class NodeKilled extends Simulation {
  private final Lab lab = Lab.shared();

  public NodeKilled() {
    var victim = lab.gateway(2);
    int seconds = Options.seconds(20);
    setUp(
            scenario("survivors")
                .exec(Traffic.withinLimits("survivors", session -> survivor(session.userId())))
                .injectOpen(constantUsersPerSec(Options.users(100)).during(seconds)),
            scenario("operator")
                .exec(
                    pause(seconds / 4),
                    lab.act(victim::kill),
                    pause(seconds / 4),
                    lab.act(() -> lab.start(victim)))
                .injectOpen(atOnceUsers(1)))
        .protocols(http.shareConnections())
        .assertions(details("survivors").failedRequests().count().is(0L));
  }

  private String survivor(long user) {
    return lab.gateway((int) (user % 2)).url() + "/steady";
  }

  @Override
  public void after() {
    lab.settle(this);
  }
}
