package apitwo.load;

import static io.gatling.javaapi.core.CoreDsl.atOnceUsers;
import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.details;
import static io.gatling.javaapi.core.CoreDsl.pause;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.Simulation;

/** One of three nodes is killed and comes back: who asks the other two notices nothing. */
public final class NodeKilled extends Simulation {
  private final Lab lab = Lab.of("node-killed", 3);

  public NodeKilled() {
    var request =
        http("survivors")
            .get("/steady")
            .header("X-Client", session -> "c" + session.userId() % 100)
            .check(status().is(200));
    var survivors = new String[] {lab.urls()[0], lab.urls()[1]};
    int seconds = Options.seconds(20);
    setUp(
            scenario("survivors")
                .exec(request)
                .injectOpen(constantUsersPerSec(Options.users(100)).during(seconds))
                .protocols(http.baseUrls(survivors).shareConnections()),
            scenario("operator")
                .exec(
                    pause(seconds / 4),
                    Lab.act("NodeKilled", () -> lab.killGateway(2)),
                    pause(seconds / 4),
                    Lab.act("NodeKilled", () -> lab.startGateway(2)))
                .injectOpen(atOnceUsers(1))
                .protocols(http))
        .assertions(details("survivors").failedRequests().count().is(0L));
  }

  @Override
  public void after() {
    lab.stop();
  }
}
