package apitwo.load;

import static io.gatling.javaapi.core.CoreDsl.asLongAs;
import static io.gatling.javaapi.core.CoreDsl.atOnceUsers;
import static io.gatling.javaapi.core.CoreDsl.doIf;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.pause;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.header;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.Session;
import io.gatling.javaapi.core.Simulation;
import java.time.Duration;

/**
 * A crowd comes at once. Who is refused waits as long as {@code Retry-After} says, so that all of
 * them are back at the instant of the window's reset, again and again until everyone was served.
 */
public final class FlashSale extends Simulation {
  private static final int QUOTA = 50;
  private final int crowd = Options.users(400);
  private final Lab lab = Lab.shared();

  public FlashSale() {
    var request =
        http("sale")
            .get(session -> lab.url("/sale"))
            .check(
                status().in(204, 429),
                status().saveAs("status"),
                header("Retry-After").optional().saveAs("retryAfter"));
    setUp(
            scenario("sale")
                .exec(
                    asLongAs(session -> !isServed(session))
                        .on(
                            request,
                            doIf(session -> !isServed(session)).then(pause(this::toReset))))
                .injectOpen(atOnceUsers(crowd)))
        .protocols(http.shareConnections())
        .maxDuration(Duration.ofMinutes(2))
        .assertions(global().failedRequests().count().is(0L));
  }

  private static boolean isServed(Session session) {
    return session.contains("status") && session.getInt("status") == 204;
  }

  /** The windows are seconds, and end where the clock's do. */
  private Duration toReset(Session session) {
    long seconds =
        session.contains("retryAfter") ? Long.parseLong(session.getString("retryAfter")) : 1;
    return Duration.ofMillis(seconds * 1000 - System.currentTimeMillis() % 1000);
  }

  @Override
  public void after() {
    var windows = Upstream.windows("/sale").values();
    long most = windows.stream().mapToLong(Long::longValue).max().orElse(0);
    Claims.claim(
        this,
        "at most %d of %d in each of %d windows".formatted(most, QUOTA, windows.size()),
        most <= QUOTA);
    long served = Upstream.served("/sale");
    Claims.claim(this, "%d of %d were served".formatted(served, crowd), served == crowd);
  }
}
