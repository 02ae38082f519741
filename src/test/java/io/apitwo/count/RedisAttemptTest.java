package io.apitwo.count;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apitwo.RedisServer;
import io.apitwo.telemetry.StoreMeter;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;

/** Attempts to connect come by the thousand where a server is away for long. */
class RedisAttemptTest {
  private static final int ATTEMPTS = 50;

  /** How many network clients are alive in this process. */
  private static int networkClients() throws Exception {
    String histogram =
        (String)
            ManagementFactory.getPlatformMBeanServer()
                .invoke(
                    new ObjectName("com.sun.management:type=DiagnosticCommand"),
                    "gcClassHistogram",
                    new Object[] {new String[0]},
                    new String[] {String[].class.getName()});
    Matcher line =
        Pattern.compile("\\s(\\d+)\\s+\\d+\\s+io\\.vertx\\.core\\.net\\.impl\\.NetClientImpl\\s")
            .matcher(histogram);
    return line.find() ? Integer.parseInt(line.group(1)) : 0;
  }

  private static Future<Void> attempts(RedisContext context, String endpoint, int count) {
    if (count == 0) {
      return Future.succeededFuture();
    }
    RedisAttempt attempt = new RedisAttempt(context, 1_000);
    return attempt
        .connect(Future.succeededFuture(endpoint))
        .transform(
            connected -> {
              attempt.close();
              return attempts(context, endpoint, count - 1);
            });
  }

  @Test
  void those_that_were_closed_leave_nothing_behind() throws Exception {
    Vertx vertx = Vertx.vertx();
    try (RedisServer redis = RedisServer.start()) {
      String there = "redis://127.0.0.1:" + redis.port();
      String nobody = "redis://127.0.0.1:" + RedisServer.freePort();
      RedisContext context =
          new RedisContext(
              vertx,
              RedisRig.cluster(List.of(there), Duration.ofMillis(50)),
              StoreMeter.NONE,
              InstantSource.system(),
              System::nanoTime);
      final int before = networkClients();
      OnLoop.await(
          Future.future(
              done ->
                  vertx.runOnContext(
                      go ->
                          attempts(context, there, ATTEMPTS)
                              .compose(all -> attempts(context, nobody, ATTEMPTS))
                              .onComplete(done))));
      await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(() -> assertThat(networkClients() - before).isLessThan(ATTEMPTS / 5));
    } finally {
      OnLoop.await(vertx.close());
    }
  }
}
