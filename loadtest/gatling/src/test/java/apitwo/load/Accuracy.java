package apitwo.load;

import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.PopulationBuilder;
import io.gatling.javaapi.core.Simulation;
import java.util.List;

/**
 * One client asks for half as much again as its month's quota, of one node and of three, leased and
 * strict. The upstream has to see the quota each time: not one more, not one less.
 */
public final class Accuracy extends Simulation {
  private static final int QUOTA = 400;
  private static final List<String> CASES =
      List.of("/exact/1-node", "/strict/1-node", "/exact/3-nodes", "/strict/3-nodes");
  private final Lab three = Lab.shared();
  private final Lab one = Lab.own("accuracy", 1, 1);

  public Accuracy() {
    var last = asks(three, CASES.get(3));
    var third = asks(three, CASES.get(2)).andThen(last);
    var second = asks(one, CASES.get(1)).andThen(third);
    setUp(asks(one, CASES.get(0)).andThen(second))
        .protocols(http.shareConnections())
        .assertions(
            global().failedRequests().count().is(0L),
            global().allRequests().count().is(4L * rate() * Options.seconds(10)));
  }

  private static int rate() {
    return QUOTA * 3 / 2 / Options.seconds(10) + 1;
  }

  private static PopulationBuilder asks(Lab lab, String path) {
    var request =
        http(path)
            .get(session -> lab.url(path))
            .header("X-Client", path)
            .check(status().in(204, 429));
    return scenario(path)
        .exec(request)
        .injectOpen(constantUsersPerSec(rate()).during(Options.seconds(10)));
  }

  @Override
  public void after() {
    one.end();
    for (var path : CASES) {
      long served = Upstream.served(path);
      Claims.claim(this, "%s: %d of %d passed".formatted(path, served, QUOTA), served == QUOTA);
    }
  }
}
