package io.apitwo.count;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.RedisServer;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Subject;
import io.apitwo.limit.Window;
import io.apitwo.telemetry.StoreMeter;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** Stores on a real Redis. */
final class RedisRig {
  /** Long, so that a busy machine decides no test that is not about time. */
  static final Duration PATIENT = Duration.ofSeconds(10);

  private RedisRig() {}

  static RedisStoreOptions options(RedisStoreOptions.Layout layout, Duration timeout, String url) {
    return new RedisStoreOptions(
        RedisStoreOptions.Mode.STANDALONE,
        List.of(url),
        null,
        null,
        null,
        0,
        false,
        null,
        layout,
        timeout,
        1,
        1);
  }

  static RedisStoreOptions cluster(List<String> urls, Duration timeout) {
    return of(RedisStoreOptions.Mode.CLUSTER, urls, null, timeout);
  }

  /**
   * @param urls of sentinels that watch the master {@code main} and ask for no login
   */
  static RedisStoreOptions sentinel(List<String> urls, Duration timeout) {
    return of(
        RedisStoreOptions.Mode.SENTINEL,
        urls,
        new RedisStoreOptions.Sentinel("main", null, null),
        timeout);
  }

  private static RedisStoreOptions of(
      RedisStoreOptions.Mode mode,
      List<String> urls,
      RedisStoreOptions.@Nullable Sentinel sentinel,
      Duration timeout) {
    return new RedisStoreOptions(
        mode,
        urls,
        sentinel,
        null,
        null,
        0,
        false,
        null,
        RedisStoreOptions.Layout.PACKED,
        timeout,
        1,
        1);
  }

  static RedisStoreOptions withHolders(RedisStoreOptions options, int holders) {
    return new RedisStoreOptions(
        options.mode(),
        options.endpoints(),
        options.sentinel(),
        options.username(),
        options.password(),
        options.database(),
        options.tls(),
        options.authorities(),
        options.layout(),
        options.timeout(),
        options.expectedNodes(),
        holders);
  }

  static OnLoop store(RedisStoreOptions options) {
    return store(options, StoreMeter.NONE);
  }

  static OnLoop store(RedisStoreOptions options, StoreMeter meter) {
    return new OnLoop(
        vertx -> new RedisStore(vertx, options, meter, InstantSource.system(), System::nanoTime));
  }

  /** One that has its Redis, even if a busy machine let the first attempt fail. */
  static OnLoop up(RedisStoreOptions options) {
    return up(options, StoreMeter.NONE);
  }

  static OnLoop up(RedisStoreOptions options, StoreMeter meter) {
    OnLoop store = store(options, meter);
    Awaitility.await().atMost(Duration.ofSeconds(30)).until(store::isAvailable);
    return store;
  }

  /** A store that has all servers, even if a busy machine let a first attempt fail. */
  static OnLoop reachingAll(RedisStoreOptions options) {
    OnLoop store = up(options);
    Limit probe = new Limit("probe", List.of(Quota.of(Window.DAY, 1_000)));
    List<Demand> demands = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      demands.add(new Demand(new Charge(List.of(new Subject(probe, "p" + i)), 1), 1));
    }
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptions()
        .untilAsserted(() -> assertThat(OnLoop.await(store.settle(demands))).doesNotContainNull());
    return store;
  }

  static OnLoop packed(RedisServer redis) {
    return up(options(RedisStoreOptions.Layout.PACKED, PATIENT, redis.url()));
  }

  static OnLoop plain(RedisServer redis) {
    return up(options(RedisStoreOptions.Layout.PLAIN, PATIENT, redis.url()));
  }

  @SuppressWarnings("unchecked")
  static List<String> keys(RedisServer redis) {
    return (List<String>) (List<?>) redis.command("KEYS", "*");
  }

  static void everyKeyExpires(RedisServer redis) {
    for (String key : keys(redis)) {
      assertThat((Long) redis.command("PTTL", key)).as(key).isNotEqualTo(-1L);
    }
  }
}
