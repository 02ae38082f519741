package io.apitwo.count;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.RedisClusterServers;
import io.apitwo.RedisServer;
import io.apitwo.TestCertificate;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Subject;
import io.apitwo.limit.Window;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A cluster, and sentinels with their servers, that speak TLS and know users. */
class RedisSecureTest {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Limit LIMIT = new Limit("a", List.of(Quota.of(Window.DAY, 1_000)));

  @TempDir Path folder;

  private static void addUser(RedisServer server, String name, String password) {
    server.command("ACL", "SETUSER", name, "on", ">" + password, "~*", "&*", "+@all");
  }

  /** Only those who log in may do anything; the plain port keeps its user for the test. */
  private static RedisStoreOptions options(
      RedisStoreOptions.Mode mode,
      List<Integer> ports,
      RedisStoreOptions.@Nullable Sentinel sentinel,
      Path authorities) {
    return new RedisStoreOptions(
        mode,
        ports.stream().map(port -> "rediss://127.0.0.1:" + port).toList(),
        sentinel,
        "gateway",
        "servers",
        0,
        false,
        authorities,
        RedisStoreOptions.Layout.PACKED,
        Duration.ofSeconds(5),
        1,
        1);
  }

  private static List<Demand> demands(int count) {
    List<Demand> demands = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      demands.add(new Demand(new Charge(List.of(new Subject(LIMIT, "c" + i)), 1), 1));
    }
    return demands;
  }

  private static void awaitDecisions(OnLoop store, List<Demand> demands) {
    Awaitility.await()
        .atMost(PATIENCE)
        .ignoreExceptions()
        .untilAsserted(() -> assertThat(OnLoop.await(store.settle(demands))).doesNotContainNull());
  }

  @Test
  void a_cluster_is_found_by_one_node_and_reached_whole_over_tls_as_a_user() throws Exception {
    TestCertificate certificate = TestCertificate.in(folder);
    try (RedisClusterServers cluster = RedisClusterServers.secure(certificate)) {
      cluster.masters().forEach(master -> addUser(master, "gateway", "servers"));
      RedisStoreOptions options =
          options(
              RedisStoreOptions.Mode.CLUSTER,
              cluster.ports().subList(0, 1),
              null,
              certificate.certificate());
      OnLoop store = RedisRig.up(options);
      List<Demand> demands = demands(300);
      awaitDecisions(store, demands);
      for (RedisServer master : cluster.masters()) {
        assertThat(RedisRig.keys(master)).isNotEmpty();
        String clients = (String) master.command("CLIENT", "LIST", "TYPE", "NORMAL");
        assertThat(clients).contains("user=gateway");
      }
      move(cluster, demands);
      awaitDecisions(store, demands);
      OnLoop distrustful =
          RedisRig.store(options(options.mode(), cluster.ports(), null, stranger()));
      assertThat(distrustful.isAvailable()).isFalse();
      distrustful.stop();
      store.stop();
    }
  }

  /** So that redirections name ports too. */
  private static void move(RedisClusterServers cluster, List<Demand> demands) {
    String client = demands.get(0).charge().subjects().get(0).client();
    int slot = RedisKeys.slot(RedisKeys.tag(RedisKeys.shard(client)));
    int from = cluster.owner(slot);
    int to = (from + 1) % 3;
    cluster.beginMove(slot, from, to);
    cluster.moveKeys(slot, from, to, 1_000);
    cluster.endMove(slot, from, to);
    assertThat(cluster.owner(slot)).isEqualTo(to);
  }

  /** Of an authority that nobody has heard of. */
  private Path stranger() throws Exception {
    Path beside = java.nio.file.Files.createDirectory(folder.resolve("stranger"));
    return TestCertificate.in(beside).certificate();
  }

  @Test
  void sentinels_have_users_of_their_own_and_all_speak_tls_through_a_failover() throws Exception {
    TestCertificate certificate = TestCertificate.in(folder);
    int masterPort = RedisServer.freePort();
    int replicaPort = RedisServer.freePort();
    int sentinelPort = RedisServer.freePort();
    List<String> watch =
        List.of(
            "sentinel monitor main 127.0.0.1 " + masterPort + " 1",
            "sentinel auth-user main guard",
            "sentinel auth-pass main guarding",
            "sentinel down-after-milliseconds main 1000",
            "sentinel failover-timeout main 4000");
    try (RedisServer master = server(certificate, masterPort);
        RedisServer replica =
            server(certificate, replicaPort, "--replicaof", "127.0.0.1", "" + masterPort);
        RedisServer sentinel =
            RedisServer.sentinel(watch, secure(certificate, sentinelPort).toArray(String[]::new))) {
      addUser(sentinel, "watcher", "sentinels");
      Awaitility.await()
          .atMost(PATIENCE)
          .until(() -> !((List<?>) sentinel.command("SENTINEL", "REPLICAS", "main")).isEmpty());
      RedisStoreOptions.Sentinel login =
          new RedisStoreOptions.Sentinel("main", "watcher", "sentinels");
      OnLoop store = RedisRig.up(sentinels(sentinelPort, login, certificate));
      awaitDecisions(store, demands(1));
      assertThat(RedisRig.keys(master)).hasSize(2);
      OnLoop stranger =
          RedisRig.store(
              sentinels(
                  sentinelPort,
                  new RedisStoreOptions.Sentinel("main", "gateway", "servers"),
                  certificate));
      assertThat(stranger.isAvailable()).isFalse();
      stranger.stop();
      Awaitility.await().atMost(PATIENCE).until(() -> RedisRig.keys(replica).size() == 2);
      master.kill();
      Awaitility.await()
          .atMost(PATIENCE)
          .ignoreExceptions()
          .until(() -> ((String) replica.command("INFO", "replication")).contains("role:master"));
      awaitDecisions(store, demands(2));
      assertThat(RedisRig.keys(replica)).hasSize(3);
      store.stop();
    }
  }

  private static RedisStoreOptions sentinels(
      int port, RedisStoreOptions.Sentinel login, TestCertificate certificate) {
    return options(
        RedisStoreOptions.Mode.SENTINEL,
        Collections.singletonList(port),
        login,
        certificate.certificate());
  }

  private static List<String> secure(TestCertificate certificate, int port) {
    List<String> arguments = new ArrayList<>(certificate.forRedis(port));
    arguments.addAll(List.of("--tls-replication", "yes"));
    return arguments;
  }

  private static RedisServer server(TestCertificate certificate, int port, String... more)
      throws Exception {
    List<String> arguments = secure(certificate, port);
    arguments.addAll(List.of(more));
    arguments.addAll(List.of("--repl-diskless-sync-delay", "0"));
    RedisServer server = RedisServer.start(arguments.toArray(String[]::new));
    addUser(server, "gateway", "servers");
    addUser(server, "guard", "guarding");
    return server;
  }
}
