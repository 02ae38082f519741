package apitwo.load;

import static io.gatling.javaapi.core.CoreDsl.atOnceUsers;
import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.details;
import static io.gatling.javaapi.core.CoreDsl.pause;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.Simulation;

/** Redis is killed and comes back empty: clients within their share are served all the time. */
public final class RedisGone extends Simulation {
  private final Lab lab = Lab.of("redis-gone", 3);

  public RedisGone() {
    var request =
        http("clients")
            .get("/steady")
            .header("X-Client", session -> "c" + session.userId() % 100)
            .check(status().is(200));
    int seconds = Options.seconds(20);
    setUp(
            scenario("clients")
                .exec(request)
                .injectOpen(constantUsersPerSec(Options.users(100)).during(seconds)),
            scenario("operator")
                .exec(
                    pause(seconds / 4),
                    Lab.act("RedisGone", lab::killRedis),
                    pause(seconds / 4),
                    Lab.act("RedisGone", lab::startRedis))
                .injectOpen(atOnceUsers(1)))
        .protocols(http.baseUrls(lab.urls()).shareConnections())
        .assertions(details("clients").failedRequests().count().is(0L));
  }

  @Override
  public void after() {
    lab.stop();
  }
}
