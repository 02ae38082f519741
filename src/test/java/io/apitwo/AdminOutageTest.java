package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who gives the numbers is gone: the rules can be read and checked, and not changed. */
class AdminOutageTest {
  private static final String RULES = LimitingTest.echo("by: [address], windows: { month: 100 }");

  @TempDir Path folder;

  @Test
  void without_the_authority_nothing_changes_and_afterwards_it_does() throws Exception {
    try (RedisServer redis = RedisServer.start();
        RunningGateway gateway =
            RunningGateway.start(
                folder, RULES, "STORE_TYPE", "redis", "STORE_REDIS_URL", redis.url())) {
      Admin admin = new Admin(gateway);
      assertThat(admin.put(RULES.replace("100", "7")).statusCode()).isEqualTo(200);
      redis.stop();
      HttpResponse<String> refused = admin.put(RULES.replace("100", "8"));
      assertThat(refused.statusCode()).as(refused.body()).isEqualTo(503);
      assertThat(refused.headers().firstValue("Retry-After")).hasValue("1");
      assertThat(refused.body()).contains("nothing changed: ");
      HttpResponse<String> patched = admin.patch("default", "{\"windows\": {\"month\": 8}}");
      assertThat(patched.statusCode()).as(patched.body()).isEqualTo(503);
      assertThat(admin.rollback(1).statusCode()).isEqualTo(503);
      assertThat(admin.put("x: 1").statusCode()).isEqualTo(422);
      assertThat(admin.get("/admin/v1/rules").body()).isEqualTo(RULES.replace("100", "7"));
      assertThat(admin.revision()).isEqualTo(2);
      redis.restart();
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> admin.put(RULES.replace("100", "8")).statusCode() == 200);
      assertThat(admin.revision()).isGreaterThanOrEqualTo(3);
    }
  }

  @Test
  void when_the_answer_is_lost_nobody_says_that_nothing_changed() throws Exception {
    try (RedisServer redis = RedisServer.start();
        FaultProxy network = new FaultProxy(redis.port());
        RunningGateway gateway =
            RunningGateway.start(
                folder,
                RULES,
                "STORE_TYPE",
                "redis",
                "STORE_REDIS_URL",
                "redis://127.0.0.1:" + network.port())) {
      Admin admin = new Admin(gateway);

      await() // the node's heartbeat may be what is cut first
          .atMost(Duration.ofSeconds(30))
          .until(
              () -> {
                network.cut(() -> FaultProxy.Fate.LOSE_REPLY, 0);
                HttpResponse<String> failed = admin.put(RULES.replace("100", "7"));
                network.pass();
                assertThat(failed.statusCode()).as(failed.body()).isEqualTo(503);
                return failed.body().contains("unknown whether it was made");
              });

      await().atMost(Duration.ofSeconds(30)).until(() -> admin.revision() == 2);
      assertThat(admin.get("/admin/v1/rules").body()).isEqualTo(RULES.replace("100", "7"));
    }
  }
}
