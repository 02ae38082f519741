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
 * One client asks for twice its month's quota, of one node and of three, leased and strict. The
 * upstream has to see the quota each time: not one more, not one less. In the second half of the
 * time the last units come back that some event loop had on lease and found no taker for.
 */
public final class Accuracy extends Simulation {
  private static final int QUOTA = 400;
  private static final int SECONDS = Options.seconds(12);
  private static final List<String> CASES =
      List.of("/exact/1-node", "/strict/1-node", "/exact/3-nodes", "/strict/3-nodes");
  private final Lab three = Lab.shared();
  private final Lab one = Lab.own("accuracy", 1, 1);

  public Accuracy() {
    setUp(
            asks(one, CASES.get(0)),
            asks(one, CASES.get(1)),
            asks(three, CASES.get(2)),
            asks(three, CASES.get(3)))
        .protocols(http.shareConnections())
        .assertions(
            global().failedRequests().count().is(0L),
            global().allRequests().count().is((long) CASES.size() * rate() * SECONDS));
  }

  private static int rate() {
    return QUOTA * 2 / SECONDS + 1;
  }

  private static PopulationBuilder asks(Lab lab, String path) {
    var request =
        http(path)
            .get(session -> lab.url(path))
            .header("X-Client", path)
            .check(status().in(204, 429));
    return scenario(path).exec(request).injectOpen(constantUsersPerSec(rate()).during(SECONDS));
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
