package apitwo.load;

import static io.gatling.javaapi.core.CoreDsl.constantUsersPerSec;
import static io.gatling.javaapi.core.CoreDsl.global;
import static io.gatling.javaapi.core.CoreDsl.scenario;
import static io.gatling.javaapi.http.HttpDsl.http;
import static io.gatling.javaapi.http.HttpDsl.status;

import io.gatling.javaapi.core.Simulation;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/** A hundred thousand clients, each as likely as any other: hardly one comes twice. */
public final class ManyKeys extends Simulation {
  private static final int CLIENTS = 100_000;
  private final Lab lab = Lab.shared();
  private final Set<Integer> asked = ConcurrentHashMap.newKeySet();

  public ManyKeys() {
    var request =
        http("many keys")
            .get(session -> lab.url("/steady"))
            .header("X-Client", session -> "k" + chosen())
            .check(status().in(200, 204));
    setUp(
            scenario("many keys")
                .exec(request)
                .injectOpen(constantUsersPerSec(Options.users(300)).during(Options.seconds(20))))
        .protocols(http.shareConnections())
        .assertions(global().failedRequests().count().is(0L));
  }

  private int chosen() {
    int client = ThreadLocalRandom.current().nextInt(CLIENTS);
    asked.add(client);
    return client;
  }

  @Override
  public void after() {
    Claims.claim(this, "%d different clients asked".formatted(asked.size()), asked.size() > 1);
  }
}
