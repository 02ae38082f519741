package apitwo.load;

import static io.gatling.javaapi.core.CoreDsl.atOnceUsers;
import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.details;
import static io.gatling.javaapi.core.CoreDsl.pause;
import static io.gatling.javaapi.core.CoreDsl.repeat;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;

import io.gatling.javaapi.core.Simulation;

/** Other rules every second, by the admin API of one node after another: nobody notices. */
public final class PushUnderLoad extends Simulation {
  private final Lab lab = Lab.shared();
  private final String original = lab.gateway(0).rules();
  private volatile String last = original;
  private volatile int pushes;
  private volatile int converged;

  public PushUnderLoad() {
    int seconds = Options.seconds(20);
    setUp(
            scenario("clients")
                .exec(Traffic.withinLimits("clients", session -> lab.url("/steady")))
                .injectOpen(constantUsersPerSec(Options.users(100)).during(seconds)),
            scenario("operator")
                .exec(repeat(seconds - 1).on(pause(1), lab.act(this::push)))
                .injectOpen(atOnceUsers(1)))
        .protocols(http.shareConnections())
        .assertions(details("clients").failedRequests().count().is(0L));
  }

  /** One after another: the lab's operator has one hand. */
  private void push() {
    pushes++;
    last = original.replaceFirst("minute: 1\\d+", "minute: " + (100_000_000 + pushes));
    var answer = lab.gateway(pushes % 3).push(last);
    if (answer.statusCode() == 200 && answer.body().contains("\"converged\":true")) {
      converged++;
    }
  }

  @Override
  public void after() {
    lab.settle(this);
    Claims.claim(
        this,
        "%d of %d pushes were on all nodes when answered".formatted(converged, pushes),
        converged == pushes && pushes > 0);
    long current = lab.gateways().stream().filter(node -> node.rules().equals(last)).count();
    Claims.claim(this, "the last is in force on %d of 3 nodes".formatted(current), current == 3);
    lab.gateway(0).push(original);
  }
}
