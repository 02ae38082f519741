package io.apitwo.count;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apitwo.RedisClusterServers;
import io.apitwo.RedisServer;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What others keep in the Redis of the counters. */
class RedisHashesTest {
  private static final List<String> FIELDS = List.of("a", "b");

  private RedisStore store;
  private OnLoop loop;

  private RedisHashes hashes(RedisStoreOptions options) {
    loop =
        new OnLoop(
            vertx -> {
              store = store(vertx, options);
              return store;
            });
    return store.hashes();
  }

  private static RedisStore store(Vertx vertx, RedisStoreOptions options) {
    return new RedisStore(
        vertx, options, new CountingMeter(), InstantSource.system(), System::nanoTime);
  }

  @AfterEach
  void stop() {
    loop.stop();
  }

  @Test
  void some_fields_of_a_hash_are_read() throws Exception {
    try (RedisServer redis = RedisServer.start()) {
      RedisHashes hashes =
          hashes(RedisRig.options(RedisStoreOptions.Layout.PACKED, RedisRig.PATIENT, redis.url()));
      redis.command("HSET", "h", "a", "1", "c", "3");
      redis.command("SET", "s", "1");
      assertThat(OnLoop.await(hashes.read("h", FIELDS))).isEqualTo(Map.of("a", "1"));
      assertThat(OnLoop.await(hashes.read("nothing", FIELDS))).isEmpty();
      assertThatThrownBy(() -> OnLoop.await(hashes.read("s", FIELDS)))
          .hasMessageContaining("WRONGTYPE");
      redis.kill();
      assertThatThrownBy(() -> OnLoop.await(hashes.read("h", FIELDS))).isNotNull();
    }
  }

  @Test
  void a_hash_of_a_cluster_is_found_wherever_it_is() throws Exception {
    try (RedisClusterServers cluster = RedisClusterServers.start()) {
      RedisHashes hashes = hashes(RedisRig.cluster(cluster.urls().subList(0, 1), RedisRig.PATIENT));
      for (int i = 0; i < 20; i++) {
        String key = "h" + i;
        for (RedisServer master : cluster.masters()) {
          try {
            master.command("HSET", key, "a", key);
          } catch (RuntimeException elsewhere) {
            assertThat(elsewhere).hasMessageContaining("MOVED");
          }
        }
        assertThat(OnLoop.await(hashes.read(key, FIELDS))).isEqualTo(Map.of("a", key));
      }
    }
  }
}
