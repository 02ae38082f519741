package io.apitwo.count;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.FaultProxy;
import io.apitwo.RedisServer;
import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Charge;
import io.apitwo.limit.ConcurrencyQuota;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Return;
import io.apitwo.limit.Subject;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Permits that several nodes take from one Redis, and what becomes of them when things break. */
class RedisConcurrencyTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  private final Limit limit = Limit.of("c", Algorithm.CONCURRENCY, new ConcurrencyQuota(10));
  private final String client = UUID.randomUUID().toString();
  private final Charge charge = charge(client);
  private final CountingMeter meter = new CountingMeter();
  private final List<OnLoop> stores = new ArrayList<>();
  private RedisServer redis;

  @BeforeEach
  void start() throws Exception {
    redis = RedisServer.start();
  }

  @AfterEach
  void every_key_expires() {
    RedisRig.everyKeyExpires(redis);
    stores.forEach(OnLoop::stop);
    redis.close();
  }

  private OnLoop node() {
    return node(redis.url());
  }

  private OnLoop node(String url) {
    OnLoop node =
        RedisRig.up(RedisRig.options(RedisStoreOptions.Layout.PACKED, TIMEOUT, url), meter);
    stores.add(node);
    return node;
  }

  private Charge charge(String of) {
    return new Charge(List.of(new Subject(limit, of)), 1);
  }

  private Grant take(OnLoop node, int count) {
    return OnLoop.await(node.settle(List.of(new Demand(charge, count)))).get(0);
  }

  private static void giveBack(OnLoop node, Charge charge, int count, Grant grant) {
    OnLoop.await(
        node.giveBack(List.of(new Return(charge, count, grant.standing().receipt(), true))));
  }

  /** Takes all that is wanted, as it becomes free. */
  private void awaitFree(OnLoop node, int count) {
    int[] missing = {count};
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptions()
        .until(() -> (missing[0] -= take(node, missing[0]).granted()) == 0);
  }

  private String key() {
    return new String(RedisKeys.of(charge.subjects().get(0)), StandardCharsets.ISO_8859_1);
  }

  @Test
  void nodes_share_what_there_is() {
    OnLoop one = node();
    OnLoop two = node();
    assertThat(take(one, 7).granted()).isEqualTo(7);
    assertThat(take(two, 7).granted()).isEqualTo(3);
    assertThat(take(one, 1).granted()).isZero();
    assertThat(meter.permits.get()).isIn(3L, 7L);
  }

  @Test
  void what_one_node_gives_back_is_free_for_the_other() {
    OnLoop one = node();
    OnLoop two = node();
    Grant grant = take(one, 10);
    assertThat(take(two, 1).granted()).isZero();
    giveBack(one, charge, 4, grant);
    awaitFree(two, 4);
    assertThat(take(one, 1).granted()).isZero();
  }

  @Test
  void nodes_together_never_hold_more_than_the_maximum() throws Exception {
    AtomicLong held = new AtomicLong();
    AtomicLong most = new AtomicLong();
    AtomicLong taken = new AtomicLong();
    ExecutorService users = Executors.newFixedThreadPool(6);
    List<OnLoop> nodes = List.of(node(), node(), node());
    for (int i = 0; i < 6; i++) {
      OnLoop node = nodes.get(i % nodes.size());
      Random random = new Random(i);
      users.execute(
          () -> {
            ArrayDeque<Grant> mine = new ArrayDeque<>();
            for (int turn = 0; turn < 400 || !mine.isEmpty(); turn++) {
              Grant grant = turn < 400 ? take(node, 1 + random.nextInt(4)) : null;
              if (grant != null && grant.granted() > 0) {
                mine.add(grant);
                most.accumulateAndGet(held.addAndGet(grant.granted()), Math::max);
                taken.addAndGet(grant.granted());
              }
              if (!mine.isEmpty() && (turn >= 400 || random.nextBoolean())) {
                Grant ended = mine.remove();
                held.addAndGet(-ended.granted());
                giveBack(node, charge, ended.granted(), ended);
              }
            }
          });
    }
    users.shutdown();
    assertThat(users.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    assertThat(most.get()).isBetween(5L, 10L);
    assertThat(taken.get()).isGreaterThan(100);
    awaitFree(node(), 10);
  }

  @Test
  void calls_that_ask_for_the_same_permits_take_turns_and_say_the_truth() {
    OnLoop node = node();
    List<Future<List<Grant>>> calls = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      Charge other = charge(client + i % 3);
      calls.add(node.settle(List.of(new Demand(charge, 3), new Demand(other, 1))));
    }
    List<Integer> granted = calls.stream().map(c -> OnLoop.await(c).get(0).granted()).toList();
    assertThat(granted).startsWith(3, 3, 3, 1, 0);
    assertThat(granted.stream().mapToInt(Integer::intValue).sum()).isEqualTo(10);
    int others = calls.stream().mapToInt(c -> OnLoop.await(c).get(1).granted()).sum();
    assertThat(others).isEqualTo(20);
  }

  @Test
  void demands_of_one_call_share_what_there_is() {
    OnLoop node = node();
    Charge dear = new Charge(charge.subjects(), 4);
    List<Grant> grants =
        OnLoop.await(
            node.settle(List.of(new Demand(dear, 2), new Demand(charge, 3), new Demand(dear, 1))));
    assertThat(grants).extracting(Grant::granted).containsExactly(2, 2, 0);
    giveBack(node, dear, 2, grants.get(0));
    assertThat(take(node, 20).granted()).isEqualTo(8);
  }

  @Test
  void what_is_held_is_said_again_as_long_as_it_is_held() {
    OnLoop node = node();
    Grant grant = take(node, 3);
    String first = (String) redis.command("GET", key());
    List<String> said = new ArrayList<>(List.of(first));
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> {
              String now = (String) redis.command("GET", key());
              if (!said.contains(now)) {
                said.add(now);
              }
              return said.size() == 3;
            });
    assertThat(said).allSatisfy(text -> assertThat(text).hasSize(30));
    giveBack(node, charge, 3, grant);
    Awaitility.await().until(() -> (Long) redis.command("EXISTS", key()) == 0);
  }

  @Test
  void a_refused_request_leaves_no_record() {
    Limit small = Limit.of("c", Algorithm.CONCURRENCY, new ConcurrencyQuota(2));
    Charge dear = new Charge(List.of(new Subject(small, client)), 5);
    Grant grant = OnLoop.await(node().settle(List.of(new Demand(dear, 1)))).get(0);
    assertThat(grant.granted()).isZero();
    assertThat(redis.command("EXISTS", key())).isEqualTo(0L);
  }

  @Test
  void the_permits_of_many_come_back_in_few_calls() {
    OnLoop node = node();
    List<Demand> demands = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      demands.add(new Demand(charge(client + i), 1));
    }
    List<Grant> grants = OnLoop.await(node.settle(demands));
    List<Return> ended = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      ended.add(new Return(demands.get(i).charge(), 1, grants.get(i).standing().receipt(), true));
    }
    long before = scriptCalls();
    for (Return each : ended) {
      node.giveBack(List.of(each)); // a request at a time, as they end
    }
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> RedisRig.keys(redis).stream().noneMatch(key -> key.contains("@")));
    assertThat(scriptCalls() - before).isLessThan(200);
    assertThat(meter.permits.get()).isZero();
  }

  private long scriptCalls() {
    String stats = (String) redis.command("INFO", "commandstats");
    return stats
        .lines()
        .filter(line -> line.startsWith("cmdstat_evalsha:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll(".*calls=(\\d+),.*", "$1")))
        .sum();
  }

  @Test
  void a_node_that_goes_leaves_nothing_held() {
    OnLoop one = node();
    take(one, 10);
    stores.remove(one);
    one.stop();
    assertThat(take(node(), 10).granted()).isEqualTo(10);
  }

  @Test
  void the_permits_of_a_node_that_is_gone_come_back() throws Exception {
    try (FaultProxy network = new FaultProxy(redis.port())) {
      OnLoop gone = node("redis://127.0.0.1:" + network.port());
      OnLoop other = node();
      take(gone, 10);
      assertThat(take(other, 1).granted()).isZero();
      network.refuse();
      awaitFree(other, 10);
    }
  }

  @Test
  void what_a_lost_reply_had_granted_comes_back() throws Exception {
    try (FaultProxy network = new FaultProxy(redis.port())) {
      OnLoop node = node("redis://127.0.0.1:" + network.port());
      Grant held = take(node, 2);
      network.cut(FaultProxy.every(1, FaultProxy.Fate.LOSE_REPLY), 0);
      Future<List<Grant>> lost = node.settle(List.of(new Demand(charge, 5)));
      Awaitility.await().until(lost::isComplete);
      assertThat(lost.failed()).isTrue();
      network.pass();
      OnLoop other = node();
      awaitFree(other, 8);
      assertThat(take(other, 1).granted()).isZero();
      giveBack(node, charge, 2, held);
      awaitFree(other, 2);
    }
  }

  @Test
  void what_is_granted_too_late_is_nobodys() throws Exception {
    try (FaultProxy network = new FaultProxy(redis.port())) {
      OnLoop node =
          RedisRig.up(
              RedisRig.options(
                  RedisStoreOptions.Layout.PACKED,
                  Duration.ofMillis(150),
                  "redis://127.0.0.1:" + network.port()));
      stores.add(node);
      network.delay(Duration.ofMillis(350));
      Future<List<Grant>> late = node.settle(List.of(new Demand(charge, 5)));
      Awaitility.await().until(late::isComplete);
      network.pass();
      if (late.succeeded()) { // an answer that was already on its way
        giveBack(node, charge, late.result().get(0).granted(), late.result().get(0));
      }
      awaitFree(node(), 10);
    }
  }

  @Test
  void a_redis_that_has_forgotten_all_is_told_again() throws Exception {
    OnLoop one = node();
    OnLoop two = node();
    take(one, 7);
    redis.kill();
    redis.restart();
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> (Long) redis.command("EXISTS", key()) == 1);
    Awaitility.await().atMost(Duration.ofSeconds(30)).until(two::isAvailable);
    assertThat(take(two, 10).granted()).isEqualTo(3);
  }
}
