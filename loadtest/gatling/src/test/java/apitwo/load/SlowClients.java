package apitwo.load;

import static io.gatling.javaapi.core.CoreDsl.atOnceUsers;
import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.details;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;

import io.gatling.javaapi.core.Simulation;

/**
 * Two hundred clients that send a byte a second, straight to one node, and others that ask as
 * always: these are served, and those are ended by the node's own time-out.
 */
public final class SlowClients extends Simulation {
  private static final int SLOW = 200;
  private final Lab lab = Lab.shared();
  private final Dawdlers dawdlers = new Dawdlers();

  public SlowClients() {
    int port = lab.gateway(0).port();
    setUp(
            scenario("clients")
                .exec(Traffic.withinLimits("clients", session -> lab.url("/steady")))
                .injectOpen(constantUsersPerSec(Options.users(100)).during(Options.seconds(40))),
            scenario("slow ones")
                .exec(lab.act(() -> dawdlers.dawdle(SLOW, port)))
                .injectOpen(atOnceUsers(1)))
        .protocols(http.shareConnections())
        .assertions(details("clients").failedRequests().count().is(0L));
  }

  @Override
  public void after() {
    lab.settle(this);
    int ended = SLOW - dawdlers.left();
    Claims.claim(this, "%d of %d slow clients were ended".formatted(ended, SLOW), ended == SLOW);
    int answered = dawdlers.answered();
    Claims.claim(this, "%d of them were served".formatted(answered), answered == 0);
  }
}
