package io.apitwo.count;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.RedisClusterServers;
import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Charge;
import io.apitwo.limit.ConcurrencyQuota;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Quota;
import io.apitwo.limit.RateQuota;
import io.apitwo.limit.Return;
import io.apitwo.limit.Subject;
import io.apitwo.limit.Window;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class RedisClusterTest extends CounterStoreContract {
  private static RedisClusterServers cluster;
  private static OnLoop store;
  private final String client = UUID.randomUUID().toString();
  private final Limit limit = new Limit("r", List.of(Quota.of(Window.DAY, 1_000)));

  @BeforeAll
  static void start() throws Exception {
    cluster = RedisClusterServers.start();
    store = RedisRig.reachingAll(RedisRig.cluster(cluster.urls().subList(0, 1), RedisRig.PATIENT));
  }

  @AfterAll
  static void stop() {
    store.stop();
    cluster.close();
  }

  @AfterEach
  void every_key_expires() {
    cluster.masters().forEach(RedisRig::everyKeyExpires);
  }

  @Override
  CounterStore store() {
    return store;
  }

  private Charge charge(String... clients) {
    List<Subject> subjects = new ArrayList<>();
    for (String each : clients) {
      Limit named = new Limit("r" + subjects.size(), limit.quotas());
      subjects.add(new Subject(named, each));
    }
    return new Charge(subjects, 1);
  }

  /** Some clients in one shard. */
  private List<String> clientsIn(int shard, int count) {
    List<String> clients = new ArrayList<>();
    for (int i = 0; clients.size() < count; i++) {
      if (RedisKeys.shard(client + i) == shard) {
        clients.add(client + i);
      }
    }
    return clients;
  }

  @Test
  void a_batch_of_many_clients_is_decided_on_all_servers() {
    Demand[] many = new Demand[600];
    for (int i = 0; i < many.length; i++) {
      many[i] = new Demand(charge(client + i, client + i * 7), 2);
    }
    assertThat(settle(many)).hasSize(600).allSatisfy(g -> assertThat(g.granted()).isEqualTo(2));
    cluster.masters().forEach(master -> assertThat(RedisRig.keys(master)).isNotEmpty());
  }

  @Test
  void what_one_part_of_a_charge_grants_in_vain_goes_back() {
    String one = clientsIn(1, 1).get(0);
    String two = clientsIn(50, 1).get(0);
    settle(new Demand(charge(one), 990));
    Charge wide =
        new Charge(
            List.of(
                new Subject(new Limit("r0", limit.quotas()), one),
                new Subject(new Limit("r1", limit.quotas()), two)),
            1);
    Grant grant = settle(new Demand(wide, 100, 50)).get(0);
    assertThat(grant.granted()).isEqualTo(10);
    assertThat(grant.leased()).isZero();
    assertThat(grant.standing().left()).containsExactly(0, 990);
    Charge second = new Charge(List.of(new Subject(new Limit("r1", limit.quotas()), two)), 1);
    Awaitility.await().untilAsserted(() -> assertThat(used(second)).isEqualTo(10));
  }

  @Test
  void of_what_one_part_grants_in_vain_permits_come_back_and_tokens_are_written_off() {
    String one = clientsIn(1, 1).get(0);
    Subject narrow = new Subject(new Limit("narrow", List.of(Quota.of(Window.DAY, 10))), one);
    List<Limit> others =
        List.of(
            Limit.of("o", Algorithm.CONCURRENCY, new ConcurrencyQuota(1_000)),
            Limit.of("o", Algorithm.TOKEN_BUCKET, new RateQuota(1, 86_400_000_000L, 1_000)),
            Limit.of("o", Algorithm.SLIDING, Quota.of(Window.DAY, 1_000)));
    for (int i = 0; i < others.size(); i++) {
      Subject wide = new Subject(others.get(i), clientsIn(20 + i, 1).get(0));
      Subject mine = new Subject(narrow.limit(), clientsIn(1, 10).get(i));
      Grant grant = settle(new Demand(new Charge(List.of(mine, wide), 1), 100)).get(0);
      assertThat(grant.granted()).isEqualTo(10);
      long left = i == 0 ? 990 : 900;
      assertThat(grant.standing().left()).containsExactly(0, left);
      Charge alone = new Charge(List.of(wide), 1);
      Awaitility.await().untilAsserted(() -> assertThat(used(alone)).isEqualTo(1_000 - left));
    }
  }

  @Test
  void permits_in_all_shards_come_back() {
    Limit permits = Limit.of("p", Algorithm.CONCURRENCY, new ConcurrencyQuota(3));
    List<Demand> demands = new ArrayList<>();
    for (int i = 0; i < 600; i++) {
      Charge charge = new Charge(List.of(new Subject(permits, client + i)), 1);
      demands.add(new Demand(charge, 5));
    }
    List<Grant> grants = settle(demands.toArray(Demand[]::new));
    assertThat(grants).allSatisfy(grant -> assertThat(grant.granted()).isEqualTo(3));
    List<Return> ended = new ArrayList<>();
    for (int i = 0; i < 600; i++) {
      ended.add(new Return(demands.get(i).charge(), 3, grants.get(i).standing().receipt(), true));
    }
    OnLoop.await(store.giveBack(ended));
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                cluster.masters().stream()
                    .flatMap(master -> RedisRig.keys(master).stream())
                    .noneMatch(key -> key.contains(":p@concurrency:" + client)));
  }

  /** Without using anything: a cost beyond the quota is never granted. */
  private long used(Charge charge) {
    Charge dear = new Charge(charge.subjects(), 1_000_000);
    return 1_000 - settle(new Demand(dear, 1)).get(0).left(0);
  }

  @Test
  void a_charge_over_several_shards_can_be_given_back() {
    Charge wide = charge(clientsIn(3, 1).get(0), clientsIn(40, 1).get(0), clientsIn(3, 2).get(1));
    Grant grant = settle(new Demand(wide, 500)).get(0);
    OnLoop.await(store.giveBack(List.of(new Return(wide, 200, grant.standing().receipt()))));
    assertThat(settle(new Demand(wide, 1)).get(0).standing().left()).containsExactly(699, 699, 699);
  }

  @Test
  void a_shard_that_is_moved_goes_on_counting() throws Exception {
    int shard = 7;
    int slot = RedisKeys.slot(RedisKeys.tag(shard));
    int from = cluster.owner(slot);
    int to = (from + 1) % 3;
    List<String> clients = clientsIn(shard, 40);
    Demand[] demands = new Demand[40];
    for (int i = 0; i < 20; i++) {
      demands[i] = new Demand(charge(clients.get(i)), 1);
    }
    Limit permits = Limit.of("p", Algorithm.CONCURRENCY, new ConcurrencyQuota(3));
    Demand[] held = new Demand[20];
    for (int i = 0; i < 20; i++) {
      held[i] = new Demand(new Charge(List.of(new Subject(permits, clients.get(i))), 1), 3);
    }
    settle(held);
    Demand[] old = Arrays.copyOf(demands, 20);
    for (int i = 20; i < 40; i++) {
      demands[i] = new Demand(charge(clients.get(i)), 1);
    }
    long[] left = new long[40];
    Arrays.fill(left, 1_000);
    settleAll(old, left);
    cluster.beginMove(slot, from, to);
    settleAll(demands, left);
    while (cluster.moveKeys(slot, from, to, 5) > 0) {
      settleAll(demands, left);
    }
    cluster.endMove(slot, from, to);
    settleAll(demands, left);
    settleAll(demands, left);
    assertThat(settle(held)).allSatisfy(grant -> assertThat(grant.granted()).isZero());
    OnLoop other = RedisRig.reachingAll(RedisRig.cluster(cluster.urls(), RedisRig.PATIENT));
    assertThat(OnLoop.await(other.settle(List.of(held))))
        .allSatisfy(grant -> assertThat(grant.granted()).isZero());
    other.stop();
  }

  @Test
  void an_answer_is_dated_from_the_sending_that_brought_it() {
    int slot = RedisKeys.slot(RedisKeys.tag(23));
    int from = cluster.owner(slot);
    int to = (from + 1) % 3;
    Demand demand = new Demand(charge(clientsIn(23, 1).get(0)), 1);
    cluster.beginMove(slot, from, to);
    cluster.masters().get(from).pause();
    Future<List<Grant>> answer = store.settle(List.of(demand));
    store.isAvailable(); // by now the loop has sent it
    final long resumedNanos = System.nanoTime();
    cluster.masters().get(from).resume();
    Grant grant = OnLoop.await(answer).get(0);
    assertThat(grant.granted()).isEqualTo(1);
    assertThat(grant.standing().askedNanos() - resumedNanos).isPositive();
    while (cluster.moveKeys(slot, from, to, 100) > 0) {
      settle(demand);
    }
    cluster.endMove(slot, from, to);
  }

  /** A script reaches them all only when they lie on one side, and none of them is new. */
  @Test
  void a_charge_of_several_limits_passes_while_its_shard_is_moved() {
    int shard = 11;
    int slot = RedisKeys.slot(RedisKeys.tag(shard));
    int from = cluster.owner(slot);
    int to = (from + 1) % 3;
    List<String> clients = clientsIn(shard, 3);
    Demand[] demands = new Demand[3];
    for (int i = 0; i < demands.length; i++) {
      demands[i] = new Demand(charge(clients.get(i), clients.get(i)), 2);
    }
    settle(demands[0]);
    cluster.beginMove(slot, from, to);
    assertThat(cluster.moveKeys(slot, from, to, 1)).isEqualTo(1);
    List<Grant> grants = settle(demands);
    assertThat(grants).doesNotContainNull().allSatisfy(g -> assertThat(g.granted()).isEqualTo(2));
    List<Return> unspent = new ArrayList<>();
    for (int i = 0; i < demands.length; i++) {
      unspent.add(new Return(demands[i].charge(), 1, grants.get(i).standing().receipt()));
    }
    OnLoop.await(store.giveBack(unspent));
    assertThat(used(demands[0].charge())).isEqualTo(3);
    assertThat(used(demands[1].charge())).isEqualTo(1);
    while (cluster.moveKeys(slot, from, to, 5) > 0) {
      settle(demands);
    }
    cluster.endMove(slot, from, to);
    grants = settle(demands);
    long[] left = grants.get(0).standing().left();
    assertThat(left[0]).isEqualTo(left[1]);
    assertThat(grants.get(2).standing().left()).containsExactly(left[0] + 2, left[0] + 2);
  }

  @Test
  void a_server_that_stands_still_takes_its_shards_along_and_no_others() {
    OnLoop hasty = RedisRig.reachingAll(RedisRig.cluster(cluster.urls(), Duration.ofSeconds(2)));
    int stopped = cluster.owner(RedisKeys.slot(RedisKeys.tag(9)));
    List<Demand> demands = new ArrayList<>();
    for (int shard = 0; shard < RedisKeys.SHARDS; shard++) {
      demands.add(new Demand(charge(clientsIn(shard, 1).get(0)), 1));
    }
    OnLoop.await(hasty.settle(demands));
    cluster.masters().get(stopped).pause();
    List<Grant> grants = OnLoop.await(hasty.settle(demands));
    for (int shard = 0; shard < RedisKeys.SHARDS; shard++) {
      boolean gone = cluster.owner(RedisKeys.slot(RedisKeys.tag(shard)), stopped) == stopped;
      assertThat(grants.get(shard) == null).as("shard " + shard).isEqualTo(gone);
    }
    assertThat(hasty.isAvailable()).isTrue();
    cluster.masters().get(stopped).resume();
    cluster.awaitAgreement();
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(OnLoop.await(hasty.settle(demands))).doesNotContainNull());
    assertThat(used(demands.get(9).charge())).isGreaterThanOrEqualTo(2);
    hasty.stop();
  }

  /** Each demand passes and is counted once. */
  private void settleAll(Demand[] demands, long[] left) {
    List<Grant> grants = settle(demands);
    for (int i = 0; i < demands.length; i++) {
      assertThat(grants.get(i)).as("client " + i).isNotNull();
      assertThat(grants.get(i).granted()).isEqualTo(1);
      assertThat(grants.get(i).left(0)).isEqualTo(--left[i]);
    }
  }
}
