package apitwo.load;

import static io.gatling.javaapi.core.CoreDsl.exec;
import static io.gatling.javaapi.core.CoreDsl.incrementUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.responseTimeInMillis;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.ChainBuilder;
import io.gatling.javaapi.core.Session;
import io.gatling.javaapi.core.Simulation;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/**
 * A load that grows step by step until the machine has had enough, which ends it: what fails then
 * may say that it is too much, and nothing else.
 */
public final class Ramp extends Simulation {
  private static final int STEPS = 12;
  private static final Set<Integer> TOO_MUCH = Set.of(503, 504);
  private final Lab lab = Lab.shared();
  private final Steps steps = new Steps(STEPS);
  private final Map<String, Integer> wrong = Collections.synchronizedMap(new TreeMap<>());
  private final int rate = Options.users(200);
  private final int seconds = Options.seconds(4);
  private volatile long startNanos;

  public Ramp() {
    setUp(
            scenario("ramp")
                .exec(session -> session.set("step", step()))
                .stopLoadGeneratorIf(
                    "it was too much", session -> steps.isOver(session.getInt("step")))
                .exec(request())
                .exec(this::record)
                .injectOpen(
                    incrementUsersPerSec(rate)
                        .times(STEPS)
                        .eachLevelLasting(seconds)
                        .startingFrom(rate)))
        .protocols(http.shareConnections());
  }

  private ChainBuilder request() {
    return exec(
        http(session -> "%5d a second".formatted(rate * (session.getInt("step") + 1)))
            .get(session -> lab.url("/steady"))
            .header("X-Client", session -> "c" + session.userId() % 100)
            .check(
                status().saveAs("status"),
                responseTimeInMillis().saveAs("millis"),
                status().in(200, 204)));
  }

  private int step() {
    if (startNanos == 0) {
      startNanos = System.nanoTime();
    }
    long second = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startNanos);
    return (int) Math.min(second / seconds, STEPS - 1);
  }

  private Session record(Session session) {
    int step = session.getInt("step");
    if (!session.isFailed()) {
      steps.answered(step, session.getInt("millis"));
    } else {
      steps.failed(step);
      if (session.contains("status") && !TOO_MUCH.contains(session.getInt("status"))) {
        wrong.merge(session.getString("status"), 1, Integer::sum);
      }
    }
    return session.markAsSucceeded();
  }

  @Override
  public void after() {
    lab.settle(this);
    int good = steps.highestGood();
    var most =
        good == 0
            ? "not even %d a second".formatted(rate)
            : "%d a second%s".formatted(good * rate, good == STEPS ? ", or more," : "");
    Claims.claim(
        this,
        "%s with 95 of 100 within %d ms and none failed".formatted(most, Steps.BOUND_MILLIS),
        good > 0);
    Claims.claim(this, "what failed was too much, and nothing else: " + wrong, wrong.isEmpty());
  }
}
