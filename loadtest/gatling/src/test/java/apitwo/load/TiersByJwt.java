package apitwo.load;

import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.PopulationBuilder;
import io.gatling.javaapi.core.Simulation;

/**
 * A free client, a paid one, and a free one that made itself a paid one, by their tokens: each of
 * the first two gets its plan's quota to the last request, the third nothing.
 */
public final class TiersByJwt extends Simulation {
  private static final int FREE = 20;
  private static final int PAID = 100;
  private final Lab lab = Lab.shared();

  public TiersByJwt() {
    setUp(
            asks("free", 2 * PAID, Tokens.of("ann", "free"), 429),
            asks("paid", 2 * PAID, Tokens.of("bob", "paid"), 429),
            asks("forged", PAID, Tokens.forged("eve", "free", "paid"), 401))
        .protocols(http.shareConnections())
        .assertions(global().failedRequests().count().is(0L));
  }

  private PopulationBuilder asks(String tier, int requests, String token, int refusal) {
    var path = "/tiers/" + tier;
    var request =
        http(tier)
            .get(session -> lab.url(path))
            .header("Authorization", "Bearer " + token)
            .check(status().in(204, refusal));
    double seconds = Options.seconds(10);
    return scenario(tier)
        .exec(request)
        .injectOpen(constantUsersPerSec(requests / seconds).during((long) seconds));
  }

  @Override
  public void after() {
    claim("free", FREE);
    claim("paid", PAID);
    claim("forged", 0);
  }

  private void claim(String tier, int quota) {
    long served = Upstream.served("/tiers/" + tier);
    Claims.claim(this, "%s: %d of %d passed".formatted(tier, served, quota), served == quota);
  }
}
