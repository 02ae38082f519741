package io.apitwo.count;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.RedisClusterServers;
import io.apitwo.RedisServer;
import io.apitwo.limit.Accuracy;
import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Charge;
import io.apitwo.limit.ConcurrencyQuota;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Limit;
import io.apitwo.limit.OnStoreFailure;
import io.apitwo.limit.Quota;
import io.apitwo.limit.RateQuota;
import io.apitwo.limit.Return;
import io.apitwo.limit.Subject;
import io.apitwo.limit.Window;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/**
 * The stores on Redis against the embedded one: the same random batches of demands and returns, of
 * limits of all algorithms, have the same outcome. Windows are long and rates slow, so that time
 * makes no difference.
 */
class RedisStoresModelTest {
  private static RedisServer redis;
  private static RedisClusterServers servers;
  private static OnLoop packed;
  private static OnLoop plain;
  private static OnLoop cluster;

  private record Held(Charge charge, Grant expected, Grant actual) {}

  @BeforeContainer
  static void start() throws Exception {
    redis = RedisServer.start();
    servers = RedisClusterServers.start();
    packed = RedisRig.packed(redis);
    plain = RedisRig.plain(redis);
    cluster = RedisRig.reachingAll(RedisRig.cluster(servers.urls(), RedisRig.PATIENT));
  }

  @AfterContainer
  static void stop() {
    List.of(packed, plain, cluster).forEach(OnLoop::stop);
    redis.close();
    servers.close();
  }

  @Property(tries = 60)
  void packed_records(@ForAll long seed) {
    run(packed, new Random(seed), true);
    RedisRig.everyKeyExpires(redis);
  }

  @Property(tries = 60)
  void plain_counters(@ForAll long seed) {
    run(plain, new Random(seed), false);
    RedisRig.everyKeyExpires(redis);
  }

  @Property(tries = 60)
  void a_cluster(@ForAll long seed) {
    run(cluster, new Random(seed), true);
    servers.masters().forEach(RedisRig::everyKeyExpires);
  }

  private static void run(OnLoop store, Random random, boolean takesBack) {
    Assume.that(farFromTheEndOfAnyPhase());
    EmbeddedStore model = new EmbeddedStore(InstantSource.system(), System::nanoTime, 1_000, 1);
    String client = UUID.randomUUID().toString();
    List<Held> held = new ArrayList<>();
    for (int i = 0; i < 25; i++) {
      if (random.nextInt(3) == 0 && !held.isEmpty()) {
        Held ended = held.remove(random.nextInt(held.size()));
        boolean spent = !takesBack || random.nextBoolean();
        OnLoop.await(model.giveBack(List.of(toReturn(ended.charge, ended.expected, spent))));
        OnLoop.await(store.giveBack(List.of(toReturn(ended.charge, ended.actual, spent))));
        continue;
      }
      Demand demand = new Demand(charge(client, random), 1 + random.nextInt(8));
      Grant expected = OnLoop.await(model.settle(List.of(demand))).get(0);
      Grant actual = OnLoop.await(store.settle(List.of(demand))).get(0);
      assertThat(outcome(actual)).isEqualTo(outcome(expected));
      if (actual.granted() > 0) {
        held.add(new Held(demand.charge(), expected, actual));
      }
    }
  }

  private static Return toReturn(Charge charge, Grant grant, boolean spent) {
    return new Return(charge, grant.granted(), grant.standing().receipt(), spent);
  }

  private static List<Object> outcome(Grant grant) {
    return List.of(
        grant.granted(),
        Arrays.stream(grant.standing().left()).boxed().toList(),
        Arrays.stream(grant.standing().receipt().windows()).boxed().toList());
  }

  private static boolean farFromTheEndOfAnyPhase() {
    long sixteenth = 86_400_000 / 16;
    long since = System.currentTimeMillis() % sixteenth;
    return since > 30_000 && sixteenth - since > 30_000;
  }

  private static Charge charge(String client, Random random) {
    List<Subject> subjects = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      if (random.nextInt(subjects.isEmpty() ? 1 : 2) == 0) {
        subjects.add(new Subject(limit("limit-" + i, random), client));
      }
    }
    return new Charge(subjects, 1 + random.nextInt(3));
  }

  private static Limit limit(String name, Random random) {
    Algorithm algorithm = Algorithm.values()[random.nextInt(4)];
    long amount = 5 + random.nextInt(30);
    List<Quota> quotas =
        switch (algorithm) {
          case FIXED, SLIDING ->
              random.nextBoolean()
                  ? List.of(Quota.of(Window.DAY, amount))
                  : List.of(Quota.of(Window.DAY, amount), Quota.of(Window.MONTH, amount + 5));
          case TOKEN_BUCKET -> List.of(new RateQuota(1, 86_400_000_000L, amount));
          case CONCURRENCY -> List.of(new ConcurrencyQuota(amount));
        };
    boolean phased = algorithm.hasWindows() && name.endsWith("2");
    return new Limit(name, algorithm, quotas, Accuracy.STRICT, OnStoreFailure.LOCAL, phased);
  }
}
