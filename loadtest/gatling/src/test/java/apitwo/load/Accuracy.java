package apitwo.load;

import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.PopulationBuilder;
import io.gatling.javaapi.core.Simulation;

/**
 * One client asks for half as much again as its month's quota, of one node and of three, leased and
 * strict. The upstream has to see the quota each time: not one more, not one less.
 */
public final class Accuracy extends Simulation {
  private static final int QUOTA = 400;
  private final Lab one = Lab.of("accuracy-1", 1);
  private final Lab three = Lab.of("accuracy-3", 3);

  public Accuracy() {
    setUp(
            asks(one, "1 node", "/exact")
                .andThen(
                    asks(one, "1 node", "/strict")
                        .andThen(
                            asks(three, "3 nodes", "/exact")
                                .andThen(asks(three, "3 nodes", "/strict")))))
        .assertions(
            global().failedRequests().count().is(0L),
            global().allRequests().count().is(4L * rate() * Options.seconds(10)));
  }

  private static int rate() {
    return QUOTA * 3 / 2 / Options.seconds(10) + 1;
  }

  private static PopulationBuilder asks(Lab lab, String nodes, String path) {
    var request =
        http(path + ", " + nodes).get(path).header("X-Client", "one").check(status().in(200, 429));
    return scenario(path + ", " + nodes)
        .exec(request)
        .injectOpen(constantUsersPerSec(rate()).during(Options.seconds(10)))
        .protocols(http.baseUrls(lab.urls()).shareConnections());
  }

  @Override
  public void after() {
    one.stop();
    three.stop();
    claim(one, "1 node", "/exact");
    claim(one, "1 node", "/strict");
    claim(three, "3 nodes", "/exact");
    claim(three, "3 nodes", "/strict");
  }

  private static void claim(Lab lab, String nodes, String path) {
    long served = lab.served(path);
    Lab.claim(
        "Accuracy",
        "%s, %s: %d of %d passed".formatted(path, nodes, served, QUOTA),
        served == QUOTA);
  }
}
