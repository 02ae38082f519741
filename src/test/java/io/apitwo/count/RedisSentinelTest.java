package io.apitwo.count;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
      List<String> sentinels =
          List.of(
              "redis://127.0.0.1:" + RedisServer.freePort(),
              "redis://127.0.0.1:" + hung.getLocalPort(),
              sentinel.url());
      OnLoop store = RedisRig.store(RedisRig.sentinel(sentinels, Duration.ofSeconds(2)));
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

  /** It would take the connection, and refuse every call. */
  @Test
  void a_replica_that_sentinels_still_name_as_the_master_is_not_used() throws Exception {
    try (RedisServer master = RedisServer.start("--repl-diskless-sync-delay", "0");
        RedisServer other = RedisServer.start("--repl-diskless-sync-delay", "0");
        RedisServer sentinel = RedisServer.sentinel("main", master)) {
      OnLoop store = RedisRig.up(RedisRig.sentinel(List.of(sentinel.url()), Duration.ofSeconds(2)));
      assertThat(settle(store).left(0)).isEqualTo(999);
      master.command("REPLICAOF", "127.0.0.1", "" + other.port());
      assertThatThrownBy(() -> settle(store))
          .cause()
          .isInstanceOf(StoreUnavailableException.class)
          .hasMessage("Redis answered READONLY");
      long asked = connections(sentinel);
      Awaitility.await().atMost(PATIENCE).until(() -> connections(sentinel) >= asked + 3);
      assertThat(store.isAvailable()).isFalse();
      master.command("REPLICAOF", "NO", "ONE");
      Awaitility.await().atMost(PATIENCE).until(store::isAvailable);
      assertThat(settle(store).granted()).isEqualTo(1);
      store.stop();
    }
  }

  private static RedisServer sentinel(RedisServer master, int epoch) throws Exception {
    return RedisServer.sentinel(
        List.of(
            "sentinel monitor main 127.0.0.1 " + master.port() + " 1",
            "sentinel config-epoch main " + epoch));
  }

  /** One sentinel has not heard of the failover, and the old master goes on serving. */
  @Test
  void the_newest_word_of_the_sentinels_counts_also_while_all_is_well() throws Exception {
    try (RedisServer old = RedisServer.start();
        RedisServer master = RedisServer.start();
        RedisServer deaf = sentinel(old, 3);
        RedisServer sentinel = sentinel(master, 4)) {
      OnLoop store =
          RedisRig.up(
              RedisRig.sentinel(List.of(deaf.url(), sentinel.url()), Duration.ofSeconds(2)));
      Awaitility.await()
          .atMost(PATIENCE)
          .ignoreExceptions()
          .until(() -> settle(store) != null && RedisRig.keys(master).size() == 2);
      long session = settle(store).standing().receipt().session();
      long asked = connections(deaf);
      Awaitility.await().atMost(PATIENCE).until(() -> connections(deaf) >= asked + 3);
      assertThat(settle(store).standing().receipt().session()).isEqualTo(session);
      sentinel.kill();
      master.kill();
      Awaitility.await("those who were set up anew are believed")
          .atMost(PATIENCE)
          .ignoreExceptions()
          .until(() -> settle(store).granted() == 1);
      store.stop();
    }
  }

  private static long connections(RedisServer server) {
    String stats = (String) server.command("INFO", "stats");
    return Long.parseLong(stats.replaceFirst("(?s).*total_connections_received:(\\d+).*", "$1"));
  }
}
