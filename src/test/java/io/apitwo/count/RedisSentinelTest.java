package io.apitwo.count;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.RedisServer;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Subject;
import io.apitwo.limit.Window;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class RedisSentinelTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Charge charge =
      new Charge(
          List.of(new Subject(new Limit("a", List.of(Quota.of(Window.DAY, 1_000))), "c")), 1);

  private Grant settle(OnLoop store) {
    return OnLoop.await(store.settle(List.of(new Demand(charge, 1)))).get(0);
  }

  private static void awaitReplica(RedisServer master, RedisServer sentinel) {
    Awaitility.await()
        .atMost(PATIENCE)
        .until(
            () ->
                ((String) master.command("INFO", "replication")).contains("state=online")
                    && !((List<?>) sentinel.command("SENTINEL", "REPLICAS", "main")).isEmpty());
  }

  @Test
  void the_master_that_sentinels_name_is_used_and_after_a_failover_the_new_one() throws Exception {
    try (ServerSocket hung = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        RedisServer master = RedisServer.start("--repl-diskless-sync-delay", "0");
        RedisServer replica = RedisServer.start("--replicaof", "127.0.0.1", "" + master.port());
        RedisServer sentinel = RedisServer.sentinel("main", master)) {
      awaitReplica(master, sentinel);
      OnLoop store =
          RedisRig.store(
              new RedisStoreOptions(
                  RedisStoreOptions.Mode.SENTINEL,
                  List.of(
                      "redis://127.0.0.1:" + RedisServer.freePort(),
                      "redis://127.0.0.1:" + hung.getLocalPort(),
                      sentinel.url()),
                  "main",
                  null,
                  null,
                  0,
                  false,
                  null,
                  RedisStoreOptions.Layout.PACKED,
                  Duration.ofSeconds(2),
                  1,
                  1));
      Awaitility.await().atMost(PATIENCE).until(store::isAvailable);
      assertThat(settle(store).granted()).isEqualTo(1);
      assertThat(RedisRig.keys(master)).hasSize(2);
      Awaitility.await().atMost(PATIENCE).until(() -> RedisRig.keys(replica).size() == 2);
      master.kill();
      Awaitility.await()
          .atMost(PATIENCE)
          .ignoreExceptions()
          .until(() -> settle(store).left(0) <= 998);
      assertThat((String) replica.command("INFO", "replication")).contains("role:master");
      store.stop();
    }
  }
}
