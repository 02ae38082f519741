package io.apitwo.count;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.RedisClusterServers;
import io.apitwo.RedisServer;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Return;
import io.apitwo.limit.Subject;
import io.apitwo.limit.Window;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** A replica of a cluster becomes master without the last that its master had acknowledged. */
class RedisTakeoverTest {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Charge charge =
      new Charge(
          List.of(new Subject(new Limit("a", List.of(Quota.of(Window.DAY, 1_000))), "c")), 1);

  private Grant settle(OnLoop store, int count) {
    return OnLoop.await(store.settle(List.of(new Demand(charge, count)))).get(0);
  }

  private static boolean replicates(RedisServer replica) {
    return ((String) replica.command("INFO", "replication")).contains("master_link_status:up");
  }

  @Test
  void what_a_lost_master_was_paid_is_not_given_back_by_its_successor() throws Exception {
    try (RedisClusterServers cluster = RedisClusterServers.start()) {
      int owner = cluster.owner(RedisKeys.slot(RedisKeys.tag(RedisKeys.shard("c"))));
      RedisServer master = cluster.masters().get(owner);
      RedisServer replica = cluster.addReplica(owner);
      List<String> urls = new ArrayList<>(cluster.urls());
      urls.add(replica.url()); // so that the store has a connection before it needs one
      OnLoop store = RedisRig.up(RedisRig.cluster(urls, RedisRig.PATIENT));
      Awaitility.await()
          .atMost(PATIENCE)
          .ignoreExceptions()
          .until(() -> settle(store, 100).granted() == 100);
      String key = RedisRig.keys(master).stream().filter(k -> k.endsWith(":a:c")).findAny().get();
      Awaitility.await().atMost(PATIENCE).until(() -> RedisRig.keys(replica).contains(key));
      replica.command("CONFIG", "SET", "masterauth", "wrong");
      master.command("CLIENT", "KILL", "TYPE", "replica");
      Awaitility.await().atMost(PATIENCE).until(() -> !replicates(replica));
      Grant lost = settle(store, 300);
      assertThat(lost.left(0)).isEqualTo(600);
      replica.command("CLUSTER", "FAILOVER", "TAKEOVER");
      Awaitility.await()
          .atMost(PATIENCE)
          .ignoreExceptions()
          .until(() -> settle(store, 1).left(0) > 600);
      long left = settle(store, 1).left(0);
      OnLoop.await(store.giveBack(List.of(new Return(charge, 300, lost.standing().receipt()))));
      assertThat(settle(store, 1).left(0)).isEqualTo(left - 1);
      store.stop();
    }
  }
}
