package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.example.RulesPusher;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is let in to push on the event bus, and what is written down and counted of it. */
class BusDoorTest {
  @TempDir Path folder;
  private RunningGateway gateway;
  private Vertx peer;

  @BeforeEach
  void join() throws Exception {
    List<Integer> ports = ClusterTest.freePorts(2);
    gateway = BusPushTest.gateway(folder, ports);
    peer = get(RulesPusher.join("apitwo", "127.0.0.1:" + ports.get(0)));
  }

  @AfterEach
  void leave() throws Exception {
    get(peer.close());
    gateway.close();
  }

  private static <T> T get(Future<T> future) throws Exception {
    return future.toCompletionStage().toCompletableFuture().get(40, TimeUnit.SECONDS);
  }

  /** The status of a push. */
  private int status(Object message) throws Exception {
    try {
      get(peer.eventBus().request("apitwo.rules.push", message));
      return 200;
    } catch (ExecutionException e) {
      return ((ReplyException) e.getCause()).failureCode();
    }
  }

  private static JsonObject push(String token, String rules) {
    return new JsonObject().put("token", token).put("rules", rules);
  }

  private List<String> audited(int least) {
    return Awaitility.await()
        .until(
            () ->
                gateway
                    .log
                    .toString()
                    .lines()
                    .filter(line -> line.contains(" audit "))
                    .map(line -> line.replaceFirst("^\\S+ ", "").replaceFirst(" +audit ", " "))
                    .toList(),
            lines -> lines.size() >= least);
  }

  @Test
  void who_shows_too_many_wrong_tokens_has_all_of_the_bus_wait() throws Exception {
    for (int i = 0; i < 10; i++) {
      assertThat(status(push("wrong-token-number-" + i, ClusterTest.rules(6)))).isEqualTo(401);
    }
    assertThat(status(push(RunningGateway.TOKEN, ClusterTest.rules(6)))).isEqualTo(429);
    assertThat(gateway.gateway.revision().number()).isEqualTo(1);
    assertThat(new Admin(gateway).put(ClusterTest.rules(7)).statusCode()).isEqualTo(200);
    List<String> lines = audited(12);
    String refused = "WARN refused who=\"event bus\" what=\"apitwo.rules.push\" status=";
    assertThat(lines.subList(0, 10)).containsOnly(refused + "401 because=\"a wrong token\"");
    assertThat(lines.get(10)).startsWith(refused + "429 because=\"too many wrong tokens");
    assertThat(gateway.log.toString()).doesNotContain("wrong-token");
    assertThat(gateway.manage("/metrics").body())
        .contains("apitwo_admin_requests_total{outcome=\"token\"} 10.0")
        .contains("apitwo_admin_requests_total{outcome=\"throttled\"} 1.0");
  }

  @Test
  void each_push_is_written_down_and_counted_with_what_became_of_it() throws Exception {
    JsonObject good = push(RunningGateway.TOKEN, ClusterTest.rules(6));
    assertThat(status(good)).isEqualTo(200);
    assertThat(status(good.copy().put("dryRun", true))).isEqualTo(200);
    assertThat(status(push(RunningGateway.TOKEN, "x: 1"))).isEqualTo(422);
    assertThat(status("rules")).isEqualTo(400);
    assertThat(status(new JsonObject().put("rules", "x: 1"))).isEqualTo(401);
    String change = "INFO change who=\"event bus\" what=\"apitwo.rules.push";
    String refused = "WARN refused who=\"event bus\" what=\"apitwo.rules.push\" status=";
    assertThat(audited(5))
        .containsExactly(
            change + "\" status=200 revision=2",
            change + "?dryRun=true\" status=200 revision=3",
            change + "\" status=422 revision=-",
            refused + "400 because=\"no JSON object\"",
            refused + "401 because=\"no token\"");
    assertThat(gateway.manage("/metrics").body())
        .contains("apitwo_admin_requests_total{outcome=\"changed\"} 1.0")
        .contains("apitwo_admin_requests_total{outcome=\"answered\"} 1.0")
        .contains("apitwo_admin_requests_total{outcome=\"invalid\"} 1.0")
        .contains("apitwo_admin_requests_total{outcome=\"token\"} 2.0");
  }
}
