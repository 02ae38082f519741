package apitwo.load;

import static io.gatling.javaapi.core.CoreDsl.asLongAs;
import static io.gatling.javaapi.core.CoreDsl.atOnceUsers;
import static io.gatling.javaapi.core.CoreDsl.details;
import static io.gatling.javaapi.core.CoreDsl.pace;
import static io.gatling.javaapi.core.CoreDsl.pause;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;

import io.gatling.javaapi.core.Simulation;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One node after another gets SIGTERM, ends and is started again, while clients ask over
 * connections that they keep, and always have some requests under way: none of them fails. Nor is
 * any sent twice: clients and balancers ask once more, unasked, when a kept connection breaks, and
 * would hide it.
 */
public final class RollingRestart extends Simulation {
  private static final int CLIENTS = 40;
  private final Lab lab = Lab.shared();
  private final AtomicInteger asked = new AtomicInteger();
  private volatile int restarted;
  private volatile boolean over;

  public RollingRestart() {
    var clients = asLongAs(session -> !over);
    var each = Duration.ofMillis(1000L * CLIENTS / Options.users(100));
    var request = Traffic.withinLimits("clients", session -> slow());
    setUp(
            scenario("clients")
                .exec(clients.on(pace(each), request))
                .injectOpen(atOnceUsers(CLIENTS)),
            scenario("operator")
                .exec(pause(2), lab.act(this::restartAll))
                .injectOpen(atOnceUsers(1)))
        .protocols(http)
        .maxDuration(Duration.ofMinutes(3))
        .assertions(details("clients").failedRequests().count().is(0L));
  }

  private String slow() {
    asked.incrementAndGet();
    return lab.url("/slow");
  }

  private void restartAll() {
    try {
      for (var node : lab.gateways()) {
        lab.stop(node);
        lab.start(node);
        restarted++;
      }
    } finally {
      over = true;
    }
  }

  @Override
  public void after() {
    lab.settle(this);
    long came = Upstream.served("/slow");
    Claims.claim(this, "%d requests came as %d".formatted(asked.get(), came), came == asked.get());
    Claims.claim(this, "%d of 3 nodes were restarted".formatted(restarted), restarted == 3);
  }
}
