package apitwo.load;

import static io.gatling.javaapi.core.CoreDsl.atOnceUsers;
import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.details;
import static io.gatling.javaapi.core.CoreDsl.nothingFor;
import static io.gatling.javaapi.core.CoreDsl.pause;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;

import io.gatling.javaapi.core.Simulation;

/**
 * Redis is killed and comes back empty: clients within their share are served all the time, and one
 * that comes meanwhile gets its limit of all nodes together, and not another one before each of
 * them has told Redis what it let pass.
 */
public final class RedisGone extends Simulation {
  private static final String TIGHT = "/tight/redis-gone";
  private final Lab lab = Lab.shared();

  public RedisGone() {
    int seconds = Options.seconds(20);
    setUp(
            scenario("clients")
                .exec(Traffic.withinLimits("clients", session -> lab.url("/steady")))
                .injectOpen(constantUsersPerSec(Options.users(100)).during(seconds)),
            scenario("too much")
                .exec(Traffic.tooMuch(TIGHT, session -> lab.url(TIGHT)))
                .injectOpen(
                    nothingFor(seconds / 4 + 2),
                    constantUsersPerSec(3 * Options.users(100)).during(seconds * 3 / 4 - 2)),
            scenario("operator")
                .exec(
                    pause(seconds / 4),
                    lab.act(lab.redis()::kill),
                    pause(seconds / 4),
                    lab.act(lab::awaitNoStore),
                    lab.act(lab.redis()::start))
                .injectOpen(atOnceUsers(1)))
        .protocols(http.shareConnections())
        .assertions(
            details("clients").failedRequests().count().is(0L),
            details("too much").failedRequests().count().is(0L));
  }

  @Override
  public void after() {
    lab.settle(this);
    long served = Upstream.served(TIGHT);
    Claims.claim(
        this,
        "%d of %d passed of who came without Redis and stayed".formatted(served, Traffic.TIGHT),
        served > 0 && served <= 2 * Traffic.TIGHT);
  }
}
