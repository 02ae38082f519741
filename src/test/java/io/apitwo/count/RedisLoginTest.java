package io.apitwo.count;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.apitwo.RedisServer;
import io.apitwo.TestCertificate;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Subject;
import io.apitwo.limit.Window;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may speak to Redis, in which database, and how nobody else can listen. */
class RedisLoginTest {
  private final Charge charge =
      new Charge(List.of(new Subject(new Limit("a", List.of(Quota.of(Window.DAY, 100))), "c")), 1);

  private Grant settle(OnLoop store) {
    return OnLoop.await(store.settle(List.of(new Demand(charge, 1)))).get(0);
  }

  private static OnLoop up(
      String url,
      @Nullable String user,
      @Nullable String password,
      int database,
      @Nullable Path authorities) {
    OnLoop store = store(url, user, password, database, authorities);
    Awaitility.await().atMost(Duration.ofSeconds(30)).until(store::isAvailable);
    return store;
  }

  private static OnLoop store(
      String url,
      @Nullable String user,
      @Nullable String password,
      int database,
      @Nullable Path authorities) {
    return RedisRig.store(
        new RedisStoreOptions(
            RedisStoreOptions.Mode.STANDALONE,
            List.of(url),
            null,
            user,
            password,
            database,
            false,
            authorities,
            RedisStoreOptions.Layout.PACKED,
            RedisRig.PATIENT,
            1,
            1));
  }

  @Test
  void a_user_of_the_access_control_list_needs_few_rights() throws Exception {
    try (RedisServer redis = RedisServer.start()) {
      redis.command(
          "ACL",
          "SETUSER",
          "gateway",
          "on",
          ">p@ss:w/rd",
          "~apitwo:*",
          "-@all",
          "+hello",
          "+select",
          "+ping",
          "+time",
          "+eval",
          "+evalsha",
          "+get",
          "+set",
          "+zadd",
          "+zrem",
          "+zcard",
          "+zremrangebyscore",
          "+pexpire");
      OnLoop store = up(redis.url(), "gateway", "p@ss:w/rd", 0, null);
      assertThat(settle(store).granted()).isEqualTo(1);
      assertThat(RedisRig.keys(redis)).hasSize(2).allMatch(key -> key.startsWith("apitwo:"));
      store.stop();
    }
  }

  @Test
  void a_wrong_password_keeps_the_store_away_until_it_is_right() throws Exception {
    try (RedisServer redis = RedisServer.start()) {
      redis.command("ACL", "SETUSER", "gateway", "on", ">right", "~*", "+@all");
      OnLoop store = store(redis.url(), "gateway", "wrong", 0, null);
      assertThat(store.isAvailable()).isFalse();
      assertThatThrownBy(() -> settle(store)).hasCauseInstanceOf(StoreUnavailableException.class);
      redis.command("ACL", "SETUSER", "gateway", ">wrong");
      Awaitility.await().atMost(Duration.ofSeconds(30)).until(store::isAvailable);
      assertThat(settle(store).granted()).isEqualTo(1);
      store.stop();
    }
  }

  @Test
  void a_password_alone_is_the_default_users() throws Exception {
    try (RedisServer redis = RedisServer.start()) {
      redis.command("CONFIG", "SET", "requirepass", "secret");
      OnLoop store = up(redis.url(), null, "secret", 0, null);
      assertThat(settle(store).granted()).isEqualTo(1);
      OnLoop stranger = store(redis.url(), null, null, 0, null);
      assertThat(stranger.isAvailable()).isFalse();
      store.stop();
      stranger.stop();
    }
  }

  @Test
  void counters_lie_in_the_database_that_was_named() throws Exception {
    try (RedisServer redis = RedisServer.start()) {
      OnLoop store = up(redis.url(), null, null, 3, null);
      assertThat(settle(store).granted()).isEqualTo(1);
      assertThat(RedisRig.keys(redis)).isEmpty();
      redis.command("SWAPDB", "0", "3");
      assertThat(RedisRig.keys(redis)).contains("apitwo:nodes");
      store.stop();
    }
  }

  @Test
  void tls_is_spoken_to_a_server_whose_authority_is_trusted_and_to_no_other(@TempDir Path folder)
      throws Exception {
    TestCertificate certificate = TestCertificate.in(folder);
    int port = RedisServer.freePort();
    try (RedisServer redis = RedisServer.start(certificate.forRedis(port).toArray(String[]::new))) {
      OnLoop store = up("rediss://localhost:" + port, null, null, 2, certificate.certificate());
      assertThat(settle(store).granted()).isEqualTo(1);
      OnLoop distrustful = store("rediss://localhost:" + port, null, null, 0, null);
      assertThat(distrustful.isAvailable()).isFalse();
      assertThat(redis.command("PING")).isEqualTo("PONG");
      store.stop();
      distrustful.stop();
    }
  }

  @Test
  void options_print_no_secret_and_take_none_in_an_address() {
    RedisStoreOptions options =
        new RedisStoreOptions(
            RedisStoreOptions.Mode.SENTINEL,
            List.of("redis://one", "redis://two:7000/"),
            new RedisStoreOptions.Sentinel("main", "watcher", "hidden"),
            "gateway",
            "hidden",
            1,
            true,
            null,
            RedisStoreOptions.Layout.PACKED,
            Duration.ofMillis(50),
            1,
            1);
    assertThat(options.toString()).doesNotContain("hidden").doesNotContain("gateway");
    assertThat(options.sentinel().toString()).doesNotContain("hidden").doesNotContain("watcher");
    assertThat(options.endpoints()).containsExactly("rediss://one:6379", "rediss://two:7000");
    for (String bad :
        List.of(
            "redis://u:hidden@h",
            "http://h",
            "h:6379",
            "redis://",
            "redis://h/3",
            "redis://h?x=hidden",
            "redis://a b")) {
      assertThatThrownBy(
              () -> RedisRig.options(RedisStoreOptions.Layout.PACKED, RedisRig.PATIENT, bad))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("expected: redis://HOST:PORT")
          .hasMessageNotContaining("hidden");
    }
  }

  @Test
  void what_cannot_be_atomic_or_does_not_exist_is_refused() {
    assertThatThrownBy(() -> store("redis://h", "gateway", null, 0, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("without a password");
    assertThatThrownBy(() -> cluster(RedisStoreOptions.Layout.PLAIN, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("layout plain on a Redis Cluster");
    assertThatThrownBy(() -> cluster(RedisStoreOptions.Layout.PACKED, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("database 1 on a Redis Cluster");
  }

  private static RedisStoreOptions cluster(RedisStoreOptions.Layout layout, int database) {
    return new RedisStoreOptions(
        RedisStoreOptions.Mode.CLUSTER,
        List.of("redis://h"),
        null,
        null,
        null,
        database,
        false,
        null,
        layout,
        RedisRig.PATIENT,
        1,
        1);
  }
}
