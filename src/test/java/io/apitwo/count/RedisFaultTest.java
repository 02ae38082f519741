package io.apitwo.count;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apitwo.FaultProxy;
import io.apitwo.RedisServer;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Hit;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Receipt;
import io.apitwo.limit.Return;
import io.apitwo.limit.Subject;
import io.apitwo.limit.Window;
import io.apitwo.telemetry.StoreMeter.Failure;
import io.vertx.core.Future;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Redis goes away, stands still, comes back, refuses and forgets. */
class RedisFaultTest {
  /** Longer than a busy machine holds a healthy Redis up, shorter than a test may take. */
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  private final Limit limit = new Limit("a", List.of(Quota.of(Window.DAY, 100)));
  private final Charge charge =
      new Charge(List.of(new Subject(limit, UUID.randomUUID().toString())), 1);
  private final CountingMeter meter = new CountingMeter();

  private OnLoop packed(RedisServer redis) {
    return packed(redis.url(), TIMEOUT);
  }

  private OnLoop packed(String url, Duration timeout) {
    return RedisRig.up(RedisRig.options(RedisStoreOptions.Layout.PACKED, timeout, url), meter);
  }

  private static RedisStoreOptions packedAt(String url) {
    return RedisRig.options(RedisStoreOptions.Layout.PACKED, TIMEOUT, url);
  }

  private Grant settle(OnLoop store, int count) {
    return OnLoop.await(store.settle(List.of(new Demand(charge, count)))).get(0);
  }

  /** What the limit has left for the client; charges nothing. */
  private long left(OnLoop store) {
    Charge unaffordable = new Charge(charge.subjects(), Charge.MOST_COST);
    return OnLoop.await(store.settle(List.of(new Demand(unaffordable, 1)))).get(0).left(0);
  }

  private void assertUnavailable(OnLoop store) {
    assertThatThrownBy(() -> settle(store, 1)).hasCauseInstanceOf(StoreUnavailableException.class);
  }

  private static void awaitAvailable(OnLoop store) {
    Awaitility.await().atMost(Duration.ofSeconds(30)).until(store::isAvailable);
  }

  private static void awaitGone(OnLoop store) {
    Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> !store.isAvailable());
  }

  @Test
  void a_store_that_starts_without_redis_heals_when_it_comes() throws Exception {
    try (RedisServer redis = RedisServer.start()) {
      redis.kill();
      OnLoop store = RedisRig.store(packedAt(redis.url()), meter);
      assertThat(store.isAvailable()).isFalse();
      assertUnavailable(store);
      redis.restart();
      awaitAvailable(store);
      assertThat(settle(store, 7).left(0)).isEqualTo(93);
      store.stop();
    }
  }

  @Test
  void an_answer_that_comes_too_late_still_tells_what_was_granted_and_the_connection_stays()
      throws Exception {
    try (RedisServer redis = RedisServer.start();
        FaultProxy network = new FaultProxy(redis.port())) {
      RedisStoreOptions options =
          RedisRig.options(
              RedisStoreOptions.Layout.PACKED,
              Duration.ofMillis(150),
              "redis://127.0.0.1:" + network.port());
      OnLoop store = RedisRig.up(options, meter);
      OnLoop other = packed(redis);
      boolean cameBack = false;
      for (int i = 0; i < 5 && !cameBack; i++) { // a machine that stands still spoils a try
        awaitAvailable(store);
        long before = left(other);
        int connections = network.connections();
        int late = meter.failures(Failure.TIMEOUT);
        network.delay(Duration.ofMillis(350)); // charged in time, told too late
        Future<Grant> call =
            store
                .settle(List.of(new Demand(charge, 1)))
                .map(grants -> grants.get(0))
                .otherwise(lost -> null);
        Grant grant = OnLoop.await(call);
        network.pass();
        awaitAvailable(store);
        if (grant != null) {
          assertThat(left(other)).isEqualTo(before - 1);
          OnLoop.await(store.giveBack(List.of(new Return(charge, 1, grant.standing().receipt()))));
          cameBack =
              left(other) == before
                  && network.connections() == connections
                  && meter.failures(Failure.TIMEOUT) > late;
        }
      }
      assertThat(cameBack).isTrue();
      store.stop();
      other.stop();
    }
  }

  @Test
  void a_redis_that_dies_and_comes_back_is_lost_and_found() throws Exception {
    try (RedisServer redis = RedisServer.start()) {
      OnLoop store = packed(redis);
      Receipt old = settle(store, 7).standing().receipt();
      redis.kill();
      awaitGone(store);
      assertUnavailable(store);
      redis.restart();
      awaitAvailable(store);
      Grant grant = settle(store, 5);
      assertThat(grant.left(0)).isEqualTo(95);
      assertThat(grant.standing().receipt().session()).isGreaterThan(old.session());
      store.stop();
    }
  }

  @Test
  void a_return_of_an_earlier_session_buys_nothing() throws Exception {
    try (RedisServer redis = RedisServer.start()) {
      OnLoop store = packed(redis);
      Receipt old = settle(store, 7).standing().receipt();
      redis.command("CLIENT", "KILL", "TYPE", "normal");
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .ignoreExceptions()
          .until(() -> settle(store, 1).standing().receipt().session() > old.session());
      long left = settle(store, 1).left(0);
      OnLoop.await(store.giveBack(List.of(new Return(charge, 7, old))));
      assertThat(settle(store, 1).left(0)).isEqualTo(left - 1);
      store.stop();
    }
  }

  @ParameterizedTest
  @EnumSource(RedisStoreOptions.Layout.class)
  void what_a_stopped_redis_finds_when_it_goes_on_is_not_executed(RedisStoreOptions.Layout layout)
      throws Exception {
    try (RedisServer redis = RedisServer.start()) {
      OnLoop store = RedisRig.up(RedisRig.options(layout, TIMEOUT, redis.url()), meter);
      settle(store, 7);
      redis.pause();
      List<Future<List<Grant>>> calls = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        calls.add(store.settle(List.of(new Demand(charge, 10))));
      }
      for (Future<List<Grant>> call : calls) {
        assertThatThrownBy(() -> OnLoop.await(call))
            .hasCauseInstanceOf(StoreUnavailableException.class);
      }
      assertThat(meter.failures(Failure.TIMEOUT)).isEqualTo(3);
      assertThat(store.isAvailable()).isFalse();
      redis.resume();
      awaitAvailable(store);
      assertThat(settle(store, 1).left(0)).isEqualTo(92);
      store.stop();
    }
  }

  /** The first heartbeat's own time, a second, is over when the second one is sent. */
  @Test
  void a_decision_that_may_take_long_is_not_cut_short_by_a_heartbeat() throws Exception {
    try (RedisServer redis = RedisServer.start();
        FaultProxy network = new FaultProxy(redis.port())) {
      OnLoop store = packed("redis://127.0.0.1:" + network.port(), Duration.ofSeconds(15));
      settle(store, 7);
      redis.pause();
      AtomicInteger calls = new AtomicInteger();
      network.cut(
          () -> {
            calls.incrementAndGet();
            return FaultProxy.Fate.PASS;
          },
          0);
      Future<List<Grant>> early = store.settle(List.of(new Demand(charge, 10)));
      Awaitility.await("the decision and two heartbeats are sent")
          .atMost(Duration.ofSeconds(30))
          .until(() -> calls.get() >= 3);
      Future<List<Grant>> late = store.settle(List.of(new Demand(charge, 10)));
      redis.resume();
      assertThat(OnLoop.await(early).get(0).granted()).isEqualTo(10);
      assertThat(OnLoop.await(late).get(0).left(0)).isEqualTo(73);
      store.stop();
    }
  }

  @Test
  void a_server_that_takes_connections_and_never_answers_is_given_up_and_tried_again()
      throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      OnLoop store = RedisRig.store(packedAt("redis://127.0.0.1:" + silent.getLocalPort()));
      assertUnavailable(store);
      silent.accept().close();
      silent.accept().close();
      store.stop();
    }
  }

  @Test
  void scripts_that_redis_has_forgotten_are_brought_again() throws Exception {
    try (RedisServer redis = RedisServer.start()) {
      OnLoop store = packed(redis);
      for (int i = 1; i <= 20; i++) {
        Grant grant = settle(store, 2);
        assertThat(grant.left(0)).isEqualTo(99 - i);
        redis.command("SCRIPT", "FLUSH");
        OnLoop.await(store.giveBack(List.of(new Return(charge, 1, grant.standing().receipt()))));
        redis.command("SCRIPT", "FLUSH");
      }
      store.stop();
    }
  }

  @Test
  void an_answer_is_dated_from_when_the_script_was_brought() throws Exception {
    try (RedisServer redis = RedisServer.start();
        FaultProxy network = new FaultProxy(redis.port())) {
      OnLoop store = RedisRig.up(packedAt("redis://127.0.0.1:" + network.port()));
      settle(store, 1);
      redis.command("SCRIPT", "FLUSH");
      Duration delay = Duration.ofMillis(300);
      network.delay(delay);
      long beforeNanos = System.nanoTime();
      Grant grant = settle(store, 1);
      assertThat(grant.standing().askedNanos() - beforeNanos)
          .isGreaterThanOrEqualTo(delay.toNanos());
      store.stop();
    }
  }

  @Test
  void a_full_redis_refuses_calls_and_keeps_its_connection() throws Exception {
    try (RedisServer redis = RedisServer.start()) {
      OnLoop store = packed(redis);
      long session = settle(store, 1).standing().receipt().session();
      redis.command("CONFIG", "SET", "maxmemory", "1");
      assertUnavailable(store);
      assertThat(store.isAvailable()).isTrue();
      assertThat(meter.failures(Failure.ERROR)).isPositive();
      redis.command("CONFIG", "SET", "maxmemory", "0");
      Grant grant = settle(store, 1);
      assertThat(grant.left(0)).isEqualTo(98);
      assertThat(grant.standing().receipt().session()).isEqualTo(session);
      store.stop();
    }
  }

  @Test
  void a_master_that_became_a_replica_is_left_and_asked_for_again() throws Exception {
    try (RedisServer redis = RedisServer.start()) {
      OnLoop store = packed(redis);
      long session = settle(store, 1).standing().receipt().session();
      redis.command("REPLICAOF", "127.0.0.1", "" + RedisServer.freePort());
      assertUnavailable(store);
      redis.command("REPLICAOF", "NO", "ONE");
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .ignoreExceptions()
          .until(() -> settle(store, 1).standing().receipt().session() > session);
      store.stop();
    }
  }

  @Test
  void calls_that_are_cut_off_fail_and_are_never_repeated() throws Exception {
    try (RedisServer redis = RedisServer.start()) {
      OnLoop store = packed(redis);
      settle(store, 1);
      long granted = 1;
      long unknown = 0;
      for (int i = 0; i < 10; i++) {
        awaitAvailable(store);
        Future<List<Grant>> call = store.settle(List.of(new Demand(charge, 1)));
        redis.command("CLIENT", "KILL", "TYPE", "normal");
        try {
          granted += OnLoop.await(call).get(0).granted();
        } catch (IllegalStateException lost) {
          unknown++;
        }
      }
      awaitAvailable(store);
      long[] used = new long[1];
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .ignoreExceptions()
          .until(
              () -> {
                used[0] = 100 - settle(store, 1).left(0) - 1;
                return true;
              });
      assertThat(used[0]).isBetween(granted, granted + unknown + 1);
      store.stop();
    }
  }

  @Test
  void whether_a_call_was_carried_out_is_in_doubt_only_where_its_answer_got_lost()
      throws Exception {
    try (RedisServer redis = RedisServer.start()) {
      OnLoop store = packed(redis);
      redis.command("CONFIG", "SET", "maxmemory", "1");
      assertThat(isInDoubt(store)).isFalse();
      redis.command("CONFIG", "SET", "maxmemory", "0");
      redis.command("REPLICAOF", "127.0.0.1", "" + RedisServer.freePort());
      assertThat(isInDoubt(store)).isFalse();
      redis.command("REPLICAOF", "NO", "ONE");
      awaitAvailable(store);
      redis.pause();
      assertThat(isInDoubt(store)).isTrue();
      assertThat(isInDoubt(store)).isFalse(); // not sent
      redis.resume();
      store.stop();
    }
  }

  private boolean isInDoubt(OnLoop store) {
    return OnLoop.await(
        store
            .settle(List.of(new Demand(charge, 1)))
            .map(answered -> false)
            .otherwise(StoreUnavailableException::isInDoubt));
  }

  @Test
  void hits_that_a_full_redis_refuses_may_be_charged_again_and_those_without_an_answer_not()
      throws Exception {
    try (RedisServer redis = RedisServer.start()) {
      OnLoop store = packed(redis);
      long window = settle(store, 1).standing().receipt().windows()[0];
      Hit hit =
          new Hit(charge.subjects().get(0), new long[] {window}, new long[] {3}, new long[] {0});
      redis.command("CONFIG", "SET", "maxmemory", "1");
      assertThat(OnLoop.await(store.charge(List.of(hit))).undone()).containsExactly(hit);
      redis.command("CONFIG", "SET", "maxmemory", "0");
      assertThat(left(store)).isEqualTo(99);
      redis.pause();
      assertThat(OnLoop.await(store.charge(List.of(hit))).inDoubt()).containsExactly(hit);
      assertThat(OnLoop.await(store.charge(List.of(hit))).undone())
          .containsExactly(hit); // not sent
      redis.resume();
      store.stop();
    }
  }

  @Test
  void a_process_that_stood_still_reads_what_had_come_before_it_gives_up() throws Exception {
    try (RedisServer redis = RedisServer.start()) {
      OnLoop store = packed(redis);
      long session = settle(store, 1).standing().receipt().session();
      redis.pause();
      Future<List<Grant>> call = store.settle(List.of(new Demand(charge, 1)));
      store.standStill(TIMEOUT.plusMillis(500), redis::resume);
      Grant grant = OnLoop.await(call).get(0);
      assertThat(grant.left(0)).isEqualTo(98);
      assertThat(grant.standing().receipt().session()).isEqualTo(session);
      store.stop();
    }
  }
}
