package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apitwo.config.Entry;
import io.apitwo.config.EntryForm;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Somebody else writes to the Redis that the rules are in. */
class RulesInRedisTest {
  private static final Duration PATIENCE = Duration.ofSeconds(40);
  private static final String KEY = "apitwo:rules:rules";
  private static final String SECRET = "a secret of the tests";

  @TempDir Path folder;
  private RedisServer redis;

  @BeforeEach
  void open() throws Exception {
    redis = RedisServer.start();
  }

  @AfterEach
  void close() {
    redis.close();
  }

  private RunningGateway start(String... more) throws Exception {
    return start(folder, more);
  }

  private RunningGateway start(Path folder, String... more) throws Exception {
    List<String> settings = new ArrayList<>(List.of(more));
    settings.addAll(List.of("STORE_TYPE", "redis", "STORE_REDIS_URL", redis.url()));
    settings.addAll(List.of("STORE_TIMEOUT", "5s")); // a busy machine is not what is tested
    return RunningGateway.start(folder, ClusterTest.rules(5), settings.toArray(String[]::new));
  }

  private RunningGateway startSealed() throws Exception {
    return startSealed(folder);
  }

  /** A member that knows no other one. */
  private RunningGateway startSealed(Path folder) throws Exception {
    List<Integer> ports = ClusterTest.freePorts(2);
    return start(
        folder,
        "CLUSTER_ENABLED",
        "true",
        "CLUSTER_SECRET",
        SECRET,
        "CLUSTER_HOST",
        "127.0.0.1",
        "CLUSTER_PORT",
        Integer.toString(ports.get(0)),
        "CLUSTER_BUS_PORT",
        Integer.toString(ports.get(1)),
        "CLUSTER_MEMBERS",
        "127.0.0.1:" + ports.get(0));
  }

  private static Entry entry(long number, String text) {
    return new Entry(
        number,
        Entry.sha256(text),
        "",
        "nowhere",
        "a forger",
        Instant.EPOCH,
        false,
        List.of(),
        text);
  }

  private static String place(Entry entry) {
    return String.format("%015d %s", entry.number(), entry.sha256());
  }

  /** As a node without a secret writes it. */
  private void write(Entry entry) {
    redis.command("HSET", KEY, "newest", place(entry), place(entry), EntryForm.write(entry));
  }

  private String newest() {
    return String.valueOf(redis.command("HGET", KEY, "newest"));
  }

  private static boolean hasRefused(RunningGateway node) throws Exception {
    return !node.manage("/metrics").body().contains("apitwo_cluster_forged_total 0.0");
  }

  private static String log(RunningGateway node) {
    return node.log.toString(StandardCharsets.UTF_8);
  }

  @Test
  void what_is_not_sealed_has_no_effect_on_a_cluster_is_counted_and_gives_way() throws Exception {
    try (RunningGateway node = startSealed()) {
      String own = newest();
      write(entry(9, ClusterTest.rules(9)));

      await().atMost(PATIENCE).until(() -> newest().equals(own) && hasRefused(node));
      assertThat(node.gateway.revision().text()).isEqualTo(ClusterTest.rules(5));
      assertThat(log(node)).contains("not sealed with cluster.secret").doesNotContain(SECRET);

      assertThat(Admin.json(new Admin(node).put(ClusterTest.rules(6))).getLong("revision"))
          .isEqualTo(2);
      assertThat((List<?>) redis.command("HKEYS", KEY)).hasSize(3);
    }
  }

  @Test
  void what_one_node_sealed_is_in_force_on_another_that_has_the_secret() throws Exception {
    Path others = Files.createDirectories(folder.resolve("other"));
    try (RunningGateway one = startSealed()) {
      assertThat(new Admin(one).put(ClusterTest.rules(6)).statusCode()).isEqualTo(200);
      try (RunningGateway other = startSealed(others)) {
        assertThat(other.gateway.revision().text()).isEqualTo(ClusterTest.rules(6));
        assertThat(new Admin(other).put(ClusterTest.rules(7)).statusCode()).isEqualTo(200);
        await()
            .atMost(PATIENCE)
            .until(() -> one.gateway.revision().text().equals(ClusterTest.rules(7)));
        assertThat(one.gateway.revision().number()).isEqualTo(3);
        assertThat(hasRefused(one) || hasRefused(other)).isFalse();
      }
    }
  }

  @Test
  void a_place_without_a_sealed_text_or_that_is_none_gives_way_too() throws Exception {
    try (RunningGateway node = startSealed()) {
      String own = newest();
      for (String rubbish : List.of("rubbish", place(entry(99_999_999_999_999L, "no text")))) {
        redis.command("HSET", KEY, "newest", rubbish);
        await().atMost(PATIENCE).until(() -> newest().equals(own));
      }
      redis.command("HSET", KEY, "newest", "rubbish");
      assertThat(new Admin(node).put(ClusterTest.rules(6)).statusCode()).isEqualTo(200);
      assertThat(node.gateway.revision().number()).isEqualTo(2);
    }
  }

  @Test
  void what_was_written_without_a_secret_is_told_again_by_the_node_that_knows_it()
      throws Exception {
    try (RunningGateway plain = start()) {
      assertThat(new Admin(plain).put(ClusterTest.rules(6)).statusCode()).isEqualTo(200);
    }
    String own = newest();
    assertThat((String) redis.command("HGET", KEY, own)).startsWith("{");
    try (RunningGateway sealed = startSealed()) {
      await()
          .atMost(PATIENCE)
          .until(() -> !((String) redis.command("HGET", KEY, own)).startsWith("{"));
      assertThat(sealed.gateway.revision().number()).isEqualTo(2);
      assertThat(sealed.gateway.revision().text()).isEqualTo(ClusterTest.rules(6));
      assertThat(Admin.json(new Admin(sealed).put(ClusterTest.rules(7))).getLong("revision"))
          .isEqualTo(3);
    }
  }

  @Test
  void a_number_that_is_too_large_is_refused_and_does_not_stop_later_pushes() throws Exception {
    try (RunningGateway node = start()) {
      write(entry(999_999_999_999_999L, ClusterTest.rules(9)));

      await().atMost(PATIENCE).until(() -> hasRefused(node));
      Admin admin = new Admin(node);
      for (int limit = 6; limit < 9; limit++) {
        assertThat(admin.put(ClusterTest.rules(limit)).statusCode()).isEqualTo(200);
      }
      assertThat(admin.revision()).isEqualTo(4);
      assertThat(log(node)).contains("no entry of a document");
    }
  }

  @Test
  void where_no_number_is_left_the_answer_says_so() throws Exception {
    try (RunningGateway node = start()) {
      write(entry(100_000_000_000_000L, ClusterTest.rules(9)));
      Admin admin = new Admin(node);
      await().atMost(PATIENCE).until(() -> admin.revision() == 100_000_000_000_000L);

      assertThat(admin.put(ClusterTest.rules(6)).body())
          .contains("nothing changed: no number is left");
    }
  }

  @Test
  void a_new_node_with_the_old_file_rolls_nothing_back_however_much_was_pushed_since()
      throws Exception {
    try (RunningGateway one = start()) {
      Admin admin = new Admin(one);
      for (int limit = 6; limit < 120; limit++) {
        assertThat(admin.put(ClusterTest.rules(limit)).statusCode()).isEqualTo(200);
      }
      try (RunningGateway other = start(Files.createDirectories(folder.resolve("other")))) {
        assertThat(other.gateway.revision().number()).isEqualTo(115);
        assertThat(other.gateway.revision().text()).isEqualTo(ClusterTest.rules(119));
        other.saveRules(ClusterTest.rules(120));
        await().atMost(PATIENCE).until(() -> other.gateway.revision().number() == 116);
        other.saveRules(ClusterTest.rules(5));
        await().atMost(PATIENCE).until(() -> other.gateway.revision().number() == 117);
      }
    }
  }

  @Test
  void a_file_that_arrives_after_its_rollback_rolls_nothing_forward() throws Exception {
    try (RunningGateway one = start();
        RunningGateway other = start(Files.createDirectories(folder.resolve("other")))) {
      one.saveRules(ClusterTest.rules(6));
      await().atMost(PATIENCE).until(() -> one.gateway.revision().number() == 2);
      assertThat(new Admin(one).rollback(1).statusCode()).isEqualTo(200);

      other.saveRules(ClusterTest.rules(6));

      await().atMost(PATIENCE).until(() -> log(other).contains("is no news (known)"));
      assertThat(new Admin(one).revision()).isEqualTo(3);
      assertThat(one.gateway.revision().text()).isEqualTo(ClusterTest.rules(5));
    }
  }
}
