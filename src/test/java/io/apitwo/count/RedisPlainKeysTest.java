package io.apitwo.count;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.RedisServer;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Hit;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Subject;
import io.apitwo.limit.Window;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Plain counters are the predecessor's, and both count together. */
class RedisPlainKeysTest {
  private static final Limit MONTHLY = new Limit("default", List.of(Quota.of(Window.MONTH, 100)));
  private static RedisServer redis;
  private static OnLoop store;
  private final String client = "2001:db8:" + UUID.randomUUID() + "::/64";

  @BeforeAll
  static void start() throws Exception {
    redis = RedisServer.start();
    store = RedisRig.plain(redis);
  }

  @AfterAll
  static void stop() {
    store.stop();
    redis.close();
  }

  @AfterEach
  void every_key_expires() {
    RedisRig.everyKeyExpires(redis);
  }

  private Grant settle(Limit limit, int count) {
    Charge charge = new Charge(List.of(new Subject(limit, client)), 1);
    return OnLoop.await(store.settle(List.of(new Demand(charge, count, 10)))).get(0);
  }

  private static String at(String pattern, Instant time) {
    return DateTimeFormatter.ofPattern(pattern).withZone(ZoneOffset.UTC).format(time);
  }

  private String key(String prefix, Window window, Instant time) {
    String pattern = "yyyyMMddHHmmss".substring(0, 14 - 2 * window.ordinal());
    return prefix + window.word() + ":" + client + ":" + at(pattern, time);
  }

  @Test
  void keys_have_the_predecessors_form_and_live_as_long_as_their_windows() {
    Limit all =
        new Limit("default", Arrays.stream(Window.values()).map(w -> Quota.of(w, 900)).toList());
    Limit login = new Limit("login", List.of(Quota.of(Window.DAY, 900)));
    settle(all, 2);
    Instant now = Instant.now();
    settle(login, 3);
    List<String> keys = RedisRig.keys(redis).stream().filter(k -> k.contains(client)).toList();
    assertThat(keys).hasSize(6);
    for (Window window : List.of(Window.HOUR, Window.DAY, Window.MONTH)) {
      String form = "limit:" + window.word() + ":" + client + ":\\d{" + (14 - 2 * window.ordinal());
      assertThat(keys).anyMatch(key -> key.matches(form + "}"));
      assertThat(keys)
          .anyMatch(
              key ->
                  key.equals(key("limit:", window, now))
                      || key.equals(key("limit:", window, now.minusSeconds(20))));
    }
    assertThat(keys).anyMatch(key -> key.matches("limit:second:.*:\\d{14}"));
    assertThat(keys).anyMatch(key -> key.matches("limit:minute:.*:\\d{12}"));
    assertThat(keys).anyMatch(key -> key.matches("limit:login:day:.*:\\d{8}"));
    for (String key : keys) {
      Long left = (Long) redis.command("PTTL", key);
      Window window =
          Arrays.stream(Window.values())
              .filter(w -> key.contains(":" + w.word() + ":"))
              .findFirst()
              .orElseThrow();
      assertThat(left).isLessThanOrEqualTo(window.nominalSeconds() * 1_000 + 1_000);
    }
  }

  @Test
  void what_a_predecessor_counts_counts_here_and_the_other_way_round() {
    Limit limit = new Limit("default", List.of(Quota.of(Window.MONTH, 100)));
    String key = key("limit:", Window.MONTH, Instant.now());
    redis.command("INCR", key);
    redis.command("EXPIRE", key, "1000");
    assertThat(settle(limit, 60).left(0)).isEqualTo(39);
    assertThat(redis.command("INCR", key)).isEqualTo(62L);
    assertThat((Long) redis.command("TTL", key)).isLessThanOrEqualTo(1_000L);
    assertThat(settle(limit, 60).granted()).isEqualTo(38);
    assertThat(redis.command("GET", key)).isEqualTo("100");
    redis.command("INCR", key);
    assertThat(settle(limit, 1).left(0)).isZero();
  }

  @Test
  void a_key_that_was_left_without_an_expiry_gets_one() {
    Limit limit = new Limit("default", List.of(Quota.of(Window.MONTH, 100)));
    String key = key("limit:", Window.MONTH, Instant.now());
    redis.command("INCR", key);
    settle(limit, 1);
    assertThat((Long) redis.command("PTTL", key)).isPositive();
  }

  @Test
  void nothing_is_leased() {
    Limit limit = new Limit("default", List.of(Quota.of(Window.MONTH, 100_000)));
    assertThat(settle(limit, 1).leased()).isZero();
  }

  private Hit hit(String of, long amount) {
    long[] now = {Window.MONTH.numberAt(System.currentTimeMillis())};
    return new Hit(new Subject(MONTHLY, of), now, new long[] {amount}, new long[1]);
  }

  private String monthly(String of) {
    return key("limit:", Window.MONTH, Instant.now()).replace(client, of);
  }

  @ParameterizedTest
  @ValueSource(strings = {"007", "-0", "00", "-007", "x", "99999999999999999999", " 1", ""})
  void a_key_that_holds_no_number_is_left_alone_and_others_are_charged_once(String odd) {
    redis.command("SET", monthly("odd" + client), odd, "PX", "60000");
    List<Hit> hits = List.of(hit("a" + client, 2), hit("odd" + client, 3), hit("b" + client, 4));
    assertThat(OnLoop.await(store.charge(hits))).isEqualTo(Charged.ALL);
    assertThat(redis.command("GET", monthly("a" + client))).isEqualTo("2");
    assertThat(redis.command("GET", monthly("odd" + client))).isEqualTo(odd);
    assertThat(redis.command("GET", monthly("b" + client))).isEqualTo("4");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "7", "-7"})
  void a_key_that_holds_a_number_is_charged(String number) {
    redis.command("SET", monthly(client), number, "PX", "60000");
    assertThat(OnLoop.await(store.charge(List.of(hit(client, 9))))).isEqualTo(Charged.ALL);
    assertThat(redis.command("GET", monthly(client)))
        .isEqualTo("" + (Integer.parseInt(number) + 9));
  }

  @Test
  void what_an_error_met_in_the_middle_is_not_charged_again() {
    redis.command("ACL", "SETUSER", "default", "-pexpireat"); // comes after INCRBY
    try {
      assertThat(OnLoop.await(store.charge(List.of(hit(client, 2)))).inDoubt()).hasSize(1);
      assertThat(redis.command("GET", monthly(client))).isEqualTo("2");
      Demand demand = new Demand(new Charge(List.of(new Subject(MONTHLY, "b" + client)), 1), 1);
      assertThat(
              OnLoop.await(
                  store
                      .settle(List.of(demand))
                      .map(answered -> false)
                      .otherwise(StoreUnavailableException::isInDoubt)))
          .isTrue();
      assertThat(redis.command("GET", monthly("b" + client))).isEqualTo("1");
    } finally {
      redis.command("ACL", "SETUSER", "default", "+pexpireat");
      redis.command("PEXPIRE", monthly(client), "60000");
      redis.command("PEXPIRE", monthly("b" + client), "60000");
    }
  }

  @Test
  void a_key_that_holds_no_number_fails_its_group_alone_and_before_any_write() {
    Limit limit = new Limit("odd", List.of(Quota.of(Window.DAY, 100), Quota.of(Window.MONTH, 100)));
    for (String value : List.of("x", "007", "-0", "1.5", "99999999999999999999", " 1", "")) {
      redis.command("SET", key("limit:odd:", Window.MONTH, Instant.now()), value, "PX", "60000");
      assertThat(settle(limit, 1)).as(value).isNull();
    }
    redis.command("DEL", key("limit:odd:", Window.MONTH, Instant.now()));
    redis.command("LPUSH", key("limit:odd:", Window.MONTH, Instant.now()), "x");
    redis.command("PEXPIRE", key("limit:odd:", Window.MONTH, Instant.now()), "60000");
    assertThat(settle(limit, 1)).isNull();
    assertThat(redis.command("EXISTS", key("limit:odd:", Window.DAY, Instant.now()))).isEqualTo(0L);
  }
}
