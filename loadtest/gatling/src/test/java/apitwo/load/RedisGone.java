package apitwo.load;

import static io.gatling.javaapi.core.CoreDsl.atOnceUsers;
import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.details;
import static io.gatling.javaapi.core.CoreDsl.pause;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;

import io.gatling.javaapi.core.Simulation;

/** Redis is killed and comes back empty: clients within their share are served all the time. */
public final class RedisGone extends Simulation {
  private final Lab lab = Lab.shared();

  public RedisGone() {
    int seconds = Options.seconds(20);
    setUp(
            scenario("clients")
                .exec(Traffic.withinLimits("clients", session -> lab.url("/steady")))
                .injectOpen(constantUsersPerSec(Options.users(100)).during(seconds)),
            scenario("operator")
                .exec(
                    pause(seconds / 4),
                    lab.act(lab.redis()::kill),
                    pause(seconds / 4),
                    lab.act(lab.redis()::start))
                .injectOpen(atOnceUsers(1)))
        .protocols(http.shareConnections())
        .assertions(details("clients").failedRequests().count().is(0L));
  }

  @Override
  public void after() {
    lab.settle(this);
  }
}
