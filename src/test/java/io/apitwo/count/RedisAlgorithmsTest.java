package io.apitwo.count;

import static org.assertj.core.api.Assertions.assertThat;

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
import io.apitwo.limit.Subject;
import io.apitwo.limit.Window;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is written for limits of all algorithms, in both layouts, and what others write there. */
class RedisAlgorithmsTest {
  private static RedisServer redis;
  private final String client = UUID.randomUUID().toString();
  private OnLoop store;

  @BeforeEach
  void start() throws Exception {
    redis = RedisServer.start();
  }

  @AfterEach
  void every_key_expires() {
    RedisRig.everyKeyExpires(redis);
    store.stop();
    redis.close();
  }

  private void open(RedisStoreOptions.Layout layout) {
    store = RedisRig.up(RedisRig.options(layout, RedisRig.PATIENT, redis.url()));
  }

  private static Limit limit(Algorithm algorithm) {
    String name = algorithm.word();
    return switch (algorithm) {
      case FIXED, SLIDING -> Limit.of(name, algorithm, Quota.of(Window.MONTH, 50));
      case TOKEN_BUCKET -> Limit.of(name, algorithm, new RateQuota(1, 86_400_000_000L, 50));
      case CONCURRENCY -> Limit.of(name, algorithm, new ConcurrencyQuota(50));
    };
  }

  private Charge charge(Limit... limits) {
    return new Charge(List.of(limits).stream().map(each -> new Subject(each, client)).toList(), 1);
  }

  private Charge ofAll() {
    return charge(
        limit(Algorithm.FIXED),
        limit(Algorithm.SLIDING),
        limit(Algorithm.TOKEN_BUCKET),
        limit(Algorithm.CONCURRENCY));
  }

  private Grant settle(Charge charge, int count) {
    return OnLoop.await(store.settle(List.of(new Demand(charge, count)))).get(0);
  }

  private static String key(Subject subject) {
    return new String(RedisKeys.of(subject), StandardCharsets.ISO_8859_1);
  }

  @ParameterizedTest
  @EnumSource(RedisStoreOptions.Layout.class)
  void keys_say_their_algorithm(RedisStoreOptions.Layout layout) {
    open(layout);
    settle(ofAll(), 1);
    List<String> keys = RedisRig.keys(redis).stream().filter(k -> k.contains(client)).toList();
    assertThat(keys).hasSize(4);
    for (String word : List.of("sliding", "token-bucket", "concurrency")) {
      assertThat(keys)
          .anyMatch(key -> key.matches("apitwo:\\{s\\d\\d}:" + word + "@" + word + ":" + client));
    }
    boolean plain = layout == RedisStoreOptions.Layout.PLAIN;
    assertThat(keys)
        .anyMatch(
            key ->
                key.matches(
                    plain
                        ? "limit:fixed:month:" + client + ":\\d{6}"
                        : "apitwo:\\{s\\d\\d}:fixed:" + client));
  }

  /** Its record was to end when it would have been full at the old rate. */
  @ParameterizedTest
  @EnumSource(RedisStoreOptions.Layout.class)
  void a_bucket_whose_rate_becomes_slower_is_kept_for_as_long_as_it_owes(
      RedisStoreOptions.Layout layout) {
    open(layout);
    long day = 86_400_000_000L;
    Limit fast = Limit.of("rate", Algorithm.TOKEN_BUCKET, new RateQuota(50, 3_600_000_000L, 50));
    Limit slow = Limit.of("rate", Algorithm.TOKEN_BUCKET, new RateQuota(5, day, 50));
    assertThat(settle(charge(fast), 50).granted()).isEqualTo(50);
    assertThat(settle(charge(slow), 1).granted()).isZero();
    String key = key(charge(slow).subjects().get(0));
    long millis = (Long) redis.command("PTTL", key);
    assertThat(millis).isBetween(9 * 86_400_000L, 11 * 86_400_000L);
    assertThat(settle(charge(slow), 1).granted()).isZero();
    assertThat((Long) redis.command("PTTL", key)).isLessThanOrEqualTo(millis);
  }

  @ParameterizedTest
  @EnumSource(RedisStoreOptions.Layout.class)
  void a_record_that_cannot_be_read_leaves_the_others_of_its_charge_uncharged(
      RedisStoreOptions.Layout layout) {
    open(layout);
    List<Subject> subjects = ofAll().subjects();
    int tries = 0;
    for (Subject spoilt : subjects.subList(1, 4)) {
      for (List<String> garbage : garbage(key(spoilt))) {
        redis.command("DEL", key(spoilt));
        redis.command(garbage.toArray(String[]::new));
        redis.command("PEXPIRE", key(spoilt), "60000");
        assertThat(settle(ofAll(), 2)).as(garbage.toString()).isNull();
        tries++;
      }
      redis.command("DEL", key(spoilt));
    }
    assertThat(tries).isGreaterThan(20);
    assertThat(settle(ofAll(), 1).standing().left()).containsExactly(49, 49, 49, 49);
  }

  /** Commands that write what is no record of ours. */
  private static List<List<String>> garbage(String key) {
    List<List<String>> commands = new ArrayList<>();
    commands.add(List.of("LPUSH", key, "x"));
    commands.add(List.of("HSET", key, "a", "b"));
    String high = "\u00ff";
    for (int length : new int[] {1, 2, 20, 21, 22, 30, 40, 59}) {
      commands.add(List.of("SET", key, "\u0002" + "\u0000".repeat(length - 1)));
      commands.add(List.of("SET", key, "\u0001" + high.repeat(length - 1)));
    }
    commands.add(List.of("SET", key, ""));
    commands.add(List.of("SET", key, "12"));
    commands.removeIf(each -> each.get(2).equals("\u0001") && key.contains("@concurrency"));
    return commands;
  }

  @ParameterizedTest
  @EnumSource(RedisStoreOptions.Layout.class)
  void a_group_that_cannot_be_read_fails_alone(RedisStoreOptions.Layout layout) {
    open(layout);
    Charge tokens = charge(limit(Algorithm.TOKEN_BUCKET));
    Charge permits = charge(limit(Algorithm.CONCURRENCY));
    redis.command("SADD", key(tokens.subjects().get(0)), "x");
    redis.command("PEXPIRE", key(tokens.subjects().get(0)), "60000");
    List<Grant> grants =
        OnLoop.await(
            store.settle(
                List.of(
                    new Demand(permits, 1),
                    new Demand(ofAll(), 3),
                    new Demand(tokens, 1),
                    new Demand(permits, 2))));
    assertThat(grants.get(0).granted()).isEqualTo(1);
    assertThat(grants.get(1)).isNull();
    assertThat(grants.get(2)).isNull();
    assertThat(grants.get(3).left(0)).isEqualTo(47);
  }

  @ParameterizedTest
  @EnumSource(RedisStoreOptions.Layout.class)
  void a_batch_of_all_kinds_is_answered_in_its_order(RedisStoreOptions.Layout layout) {
    open(layout);
    List<Demand> demands = new ArrayList<>();
    for (int i = 0; i < 600; i++) {
      Limit limit = limit(Algorithm.values()[i * 7 % 4]);
      demands.add(new Demand(new Charge(List.of(new Subject(limit, client + i)), 1), i % 50 + 1));
    }
    List<Grant> grants = OnLoop.await(store.settle(demands));
    for (int i = 0; i < 600; i++) {
      assertThat(grants.get(i).granted()).isEqualTo(i % 50 + 1);
      assertThat(grants.get(i).left(0)).isEqualTo(49 - i % 50);
    }
  }

  @ParameterizedTest
  @EnumSource(RedisStoreOptions.Layout.class)
  void phased_windows_count_on_under_their_own_calendar(RedisStoreOptions.Layout layout) {
    open(layout);
    List<Quota> quotas = List.of(Quota.of(Window.DAY, 50), Quota.of(Window.MONTH, 500));
    Limit phased =
        new Limit("p", Algorithm.FIXED, quotas, Accuracy.EXACT, OnStoreFailure.LOCAL, true);
    for (int i = 0; i < 40; i++) {
      Charge charge = new Charge(List.of(new Subject(phased, client + i)), 1);
      settle(charge, 3);
      Grant grant = settle(charge, 4);
      assertThat(grant.standing().left()).containsExactly(43, 493);
      long reset = grant.resetMillis(0);
      long shift = phased.shiftMillis(Window.DAY, client + i);
      long ends = (System.currentTimeMillis() + shift + reset) % 86_400_000;
      assertThat(Math.min(ends, 86_400_000 - ends)).isLessThan(60_000);
    }
  }
}
