package io.apitwo.count;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apitwo.RedisClusterServers;
import io.apitwo.RedisServer;
import java.time.InstantSource;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Texts that nodes share, changed by compare-and-set. */
class RedisDocumentsTest {
  private RedisStore store;
  private OnLoop loop;

  private RedisDocuments documents(RedisStoreOptions options) {
    loop =
        new OnLoop(
            vertx -> {
              store =
                  new RedisStore(
                      vertx,
                      options,
                      new CountingMeter(),
                      InstantSource.system(),
                      System::nanoTime);
              return store;
            });
    return store.documents();
  }

  private RedisDocuments documents(RedisServer redis) {
    return documents(
        RedisRig.options(RedisStoreOptions.Layout.PACKED, RedisRig.PATIENT, redis.url()));
  }

  @AfterEach
  void stop() {
    loop.stop();
  }

  @Test
  void an_entry_is_taken_only_after_the_one_that_is_expected() throws Exception {
    try (RedisServer redis = RedisServer.start()) {
      RedisDocuments documents = documents(redis);
      assertThat(OnLoop.await(documents.newest("d"))).isNull();
      assertThat(OnLoop.await(documents.replace("d", "1 x", "2 y", "two", 9))).isFalse();

      assertThat(OnLoop.await(documents.replace("d", "", "1 x", "ö", 9))).isTrue();
      assertThat(OnLoop.await(documents.replace("d", "", "1 z", "other", 9))).isFalse();
      assertThat(OnLoop.await(documents.replace("d", "1 x", "2 y", "two", 9))).isTrue();

      assertThat(OnLoop.await(documents.newest("d"))).isEqualTo("2 y");
      assertThat(OnLoop.await(documents.read("d", "1 x"))).isEqualTo("ö");
      assertThat(OnLoop.await(documents.read("d", "1 z"))).isNull();
      assertThat(OnLoop.await(documents.all("d"))).isEqualTo(Map.of("1 x", "ö", "2 y", "two"));
      assertThat(OnLoop.await(documents.newest("e"))).isNull();
    }
  }

  @Test
  void the_oldest_entries_make_room_and_nothing_expires() throws Exception {
    try (RedisServer redis = RedisServer.start()) {
      RedisDocuments documents = documents(redis);
      String before = "";
      for (int number = 1; number <= 12; number++) {
        String place = String.format("%02d", number);
        assertThat(OnLoop.await(documents.replace("d", before, place, "text", 3))).isTrue();
        before = place;
      }
      assertThat(OnLoop.await(documents.all("d"))).containsOnlyKeys("10", "11", "12");
      assertThat(redis.command("TTL", "apitwo:rules:d").toString()).contains("-1");
    }
  }

  @Test
  void places_after_the_newest_are_of_somebody_else_and_go() throws Exception {
    try (RedisServer redis = RedisServer.start()) {
      RedisDocuments documents = documents(redis);
      assertThat(OnLoop.await(documents.replace("d", "", "1", "one", 2))).isTrue();
      for (int i = 0; i < 9; i++) {
        redis.command("HSET", "apitwo:rules:d", "9" + i, "forged", "zoo" + i, "forged");
      }
      redis.command("HSET", "apitwo:rules:d", "newest", "99");

      assertThat(OnLoop.await(documents.replace("d", "99", "2", "two", 2))).isTrue();
      assertThat(OnLoop.await(documents.newest("d"))).isEqualTo("2");
      assertThat(OnLoop.await(documents.all("d"))).containsOnlyKeys("1", "2");
    }
  }

  @Test
  void without_an_answer_it_is_not_known_what_was_done() throws Exception {
    try (RedisServer redis = RedisServer.start()) {
      RedisDocuments documents = documents(redis);
      redis.kill();
      assertThatThrownBy(() -> OnLoop.await(documents.newest("d"))).isNotNull();
      assertThatThrownBy(() -> OnLoop.await(documents.replace("d", "", "1", "a", 9))).isNotNull();
    }
  }

  @Test
  void documents_of_a_cluster_are_found_wherever_they_are() throws Exception {
    try (RedisClusterServers cluster = RedisClusterServers.start()) {
      RedisDocuments documents =
          documents(RedisRig.cluster(cluster.urls().subList(0, 1), RedisRig.PATIENT));
      for (int i = 0; i < 9; i++) {
        assertThat(OnLoop.await(documents.replace("d" + i, "", "1", "text " + i, 9))).isTrue();
        assertThat(OnLoop.await(documents.read("d" + i, "1"))).isEqualTo("text " + i);
      }
    }
  }
}
