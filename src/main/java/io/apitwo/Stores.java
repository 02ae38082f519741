package io.apitwo;

import io.apitwo.count.CounterStore;
import io.apitwo.count.EmbeddedStore;
import io.apitwo.count.RedisStore;
import io.apitwo.count.RedisStoreOptions;
import io.apitwo.rules.Settings;
import io.apitwo.telemetry.Meters;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** Makes the counter store that the settings name. */
final class Stores {
  private Stores() {}

  /**
   * @param members how many nodes the cluster has now; 1 without one
   */
  static CounterStore open(Settings settings, Vertx vertx, Meters meters, IntSupplier members) {
    Settings.Store store = settings.store();
    int loops = settings.proxy().instances();
    if (store.redis() != null) {
      return new RedisStore(
          vertx,
          options(store, store.redis(), loops),
          meters.store(),
          InstantSource.system(),
          System::nanoTime);
    }
    EmbeddedStore embedded =
        new EmbeddedStore(
            InstantSource.system(),
            System::nanoTime,
            store.maxEntries(),
            loops,
            settings.cluster() == null
                ? () -> 1
                : () -> Math.max(store.expectedNodes(), members.getAsInt()));
    meters.table("counters", store.maxEntries(), embedded::size);
    return embedded;
  }

  private static RedisStoreOptions options(Settings.Store store, Settings.Redis redis, int loops) {
    return new RedisStoreOptions(
        RedisStoreOptions.Mode.valueOf(redis.mode().name()),
        redis.urls(),
        sentinel(redis.sentinel()),
        redis.username(),
        redis.password(),
        redis.database(),
        redis.tls(),
        redis.caFile(),
        RedisStoreOptions.Layout.valueOf(store.layout().name()),
        store.timeout(),
        store.expectedNodes(),
        loops);
  }

  private static RedisStoreOptions.@Nullable Sentinel sentinel(Settings.@Nullable Sentinel set) {
    return set == null
        ? null
        : new RedisStoreOptions.Sentinel(set.master(), set.username(), set.password());
  }
}
