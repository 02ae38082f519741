package apitwo.load;

import static io.gatling.javaapi.core.CoreDsl.atOnceUsers;
import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.details;
import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.pause;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;

import io.gatling.javaapi.core.Simulation;

/**
 * One of three nodes is killed and comes back: who asks the other two notices nothing, and one that
 * asks for too much gets no more for it.
 */
public final class NodeKilled extends Simulation {
  private static final String TIGHT = "/tight/node-killed";
  private final Lab lab = Lab.shared();
  private volatile boolean doomed;

  public NodeKilled() {
    var victim = lab.gateway(2);
    int seconds = Options.seconds(20);
    setUp(
            scenario("survivors")
                .exec(Traffic.withinLimits("survivors", session -> survivor(session.userId())))
                .injectOpen(constantUsersPerSec(Options.users(100)).during(seconds)),
            scenario("too much")
                .exec(Traffic.tooMuch(TIGHT, session -> anyNode(session.userId())))
                .injectOpen(constantUsersPerSec(Options.users(100)).during(seconds)),
            scenario("operator")
                .exec(
                    pause(1),
                    exec(
                        session -> {
                          doomed = true;
                          return session;
                        }),
                    pause(1),
                    lab.act(victim::kill),
                    pause(seconds / 4),
                    lab.act(() -> lab.start(victim)))
                .injectOpen(atOnceUsers(1)))
        .protocols(http.shareConnections())
        .assertions(
            details("survivors").failedRequests().count().is(0L),
            details("too much").failedRequests().count().is(0L));
  }

  private String survivor(long user) {
    return lab.gateway((int) (user % 2)).url() + "/steady";
  }

  /** Until shortly before its end the victim, too, so that it dies with quota on lease. */
  private String anyNode(long user) {
    return lab.gateway((int) (user % (doomed ? 2 : 3))).url() + TIGHT;
  }

  @Override
  public void after() {
    lab.settle(this);
    long served = Upstream.served(TIGHT);
    Claims.claim(
        this,
        "%d of %d passed of who asked for too much".formatted(served, Traffic.TIGHT),
        served > 0 && served <= Traffic.TIGHT);
  }
}
