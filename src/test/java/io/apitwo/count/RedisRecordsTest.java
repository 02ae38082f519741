package io.apitwo.count;

import static org.assertj.core.api.Assertions.assertThat;

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
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What is written under the packed keys, and what becomes of what others write there. */
class RedisRecordsTest {
  private static RedisServer redis;
  private static OnLoop store;
  private final String client = UUID.randomUUID().toString();
  private final Limit limit =
      new Limit("a", List.of(Quota.of(Window.DAY, 5), Quota.of(Window.MONTH, 100)));

  @BeforeAll
  static void start() throws Exception {
    redis = RedisServer.start();
    store = RedisRig.packed(redis);
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

  private Demand demand(String client, int count) {
    return new Demand(new Charge(List.of(new Subject(limit, client)), 1), count);
  }

  private static List<Grant> settle(Demand... demands) {
    return OnLoop.await(store.settle(List.of(demands)));
  }

  private static String key(String limit, String client) {
    return new String(RedisKeys.packed(limit, client), StandardCharsets.ISO_8859_1);
  }

  @Test
  void a_key_names_its_shard_limit_and_client() {
    assertThat(key("default", "2001:db8::/64"))
        .matches("apitwo:\\{s[0-6]\\d}:default:2001:db8::/64");
    assertThat(RedisKeys.shard("10.0.0.1")).isEqualTo(RedisKeys.shard("10.0.0.1"));
    boolean[] met = new boolean[RedisKeys.SHARDS];
    for (int i = 0; i < 2_000; i++) {
      met[RedisKeys.shard("10.0." + i / 250 + "." + i % 250)] = true;
    }
    assertThat(met).doesNotContain(false);
  }

  @Test
  void a_key_lives_until_its_last_window_is_over() {
    settle(demand(client, 1));
    long now = System.currentTimeMillis();
    long end = Window.MONTH.endMillis(Window.MONTH.numberAt(now));
    assertThat((Long) redis.command("PTTL", key("a", client)))
        .isBetween(end - now - 60_000, end - now + 60_000 + 31 * 86_400_000L);
  }

  @Test
  void a_refused_group_writes_nothing() {
    settle(demand(client, 5));
    Object before = redis.command("GET", key("a", client));
    assertThat(settle(demand(client, 1)).get(0).granted()).isZero();
    assertThat(redis.command("GET", key("a", client))).isEqualTo(before);
  }

  private Hit hit(String of, long amount) {
    long[] now = settle(demand(client + "clock", 1)).get(0).standing().receipt().windows();
    return new Hit(new Subject(limit, of), now, new long[] {amount, amount}, new long[now.length]);
  }

  @Test
  void a_record_that_hits_make_is_one_like_others() {
    OnLoop.await(store.charge(List.of(hit(client, 2))));
    Object made = redis.command("GET", key("a", client));
    long ttl = (Long) redis.command("PTTL", key("a", client));
    Grant grant = settle(demand(client, 1)).get(0);
    assertThat(grant.left(0)).isEqualTo(2);
    assertThat(made.toString()).hasSize(redis.command("GET", key("a", client)).toString().length());
    assertThat((Long) redis.command("PTTL", key("a", client))).isBetween(ttl - 60_000, ttl);
    OnLoop.await(
        store.giveBack(
            List.of(new Return(demand(client, 1).charge(), 1, grant.standing().receipt()))));
    assertThat(settle(demand(client, 9)).get(0).granted()).isEqualTo(3);
  }

  @Test
  void hits_keep_a_records_life_and_windows_that_they_do_not_name() {
    Limit days = new Limit("a", List.of(Quota.of(Window.DAY, 5)));
    Receipt before = settle(demand(client, 1)).get(0).standing().receipt();
    Hit both = hit(client, 2);
    OnLoop.await(
        store.charge(
            List.of(
                new Hit(
                    new Subject(days, client),
                    new long[] {both.windows()[0]},
                    new long[] {2},
                    new long[1]))));
    Grant grant = settle(demand(client, 0)).get(0);
    assertThat(grant.standing().receipt().epochs()).isEqualTo(before.epochs());
    assertThat(grant.left(0)).isEqualTo(2);
    assertThat(grant.left(1)).isEqualTo(99);
  }

  @Test
  void a_record_of_a_window_that_no_clock_has_opened_is_left_alone_and_others_are_charged_once() {
    String epochAndLease = "\0".repeat(14);
    String absurd = "\u0001\u0008" + epochAndLease + "\u00ff".repeat(5) + "\0".repeat(7);
    redis.command("SET", key("a", client + "odd"), absurd, "PX", "60000");
    List<Hit> hits = List.of(hit(client + "a", 2), hit(client + "odd", 2), hit(client + "b", 2));
    assertThat(OnLoop.await(store.charge(hits))).isEqualTo(Charged.ALL);
    assertThat(settle(demand(client + "a", 1), demand(client + "b", 1)))
        .allSatisfy(grant -> assertThat(grant.left(0)).isEqualTo(2));
  }

  @Test
  void what_is_no_record_is_left_alone_and_other_keys_are_charged() {
    redis.command("LPUSH", key("a", client + "list"), "x");
    redis.command("PEXPIRE", key("a", client + "list"), "60000");
    redis.command("SET", key("a", client + "text"), "hello", "PX", "60000");
    redis.command("SET", key("a", client + "new"), "\u0002\u0018" + "x".repeat(38), "PX", "60000");
    OnLoop.await(
        store.charge(
            List.of(
                hit(client + "list", 2),
                hit(client + "text", 2),
                hit(client + "new", 2),
                hit(client, 2))));
    assertThat(redis.command("GET", key("a", client + "text"))).isEqualTo("hello");
    assertThat(settle(demand(client, 9)).get(0).granted()).isEqualTo(3);
  }

  @Test
  void a_key_of_another_type_fails_its_group_alone() {
    redis.command("LPUSH", key("a", client + "list"), "x");
    redis.command("PEXPIRE", key("a", client + "list"), "60000");
    redis.command("SET", key("a", client + "text"), "hello", "PX", "60000");
    redis.command("SET", key("a", client + "long"), "\u0001\u0018" + "x".repeat(50), "PX", "60000");
    redis.command("SET", key("a", client + "new"), "\u0002\u0018" + "x".repeat(38), "PX", "60000");
    List<Grant> grants =
        settle(
            demand(client + "list", 1),
            demand(client, 2),
            demand(client + "text", 1),
            demand(client + "long", 1),
            demand(client + "new", 1),
            demand(client, 9));
    assertThat(grants.get(1).granted()).isEqualTo(2);
    assertThat(grants.get(5).granted()).isEqualTo(3);
    assertThat(List.of(0, 2, 3, 4)).allSatisfy(i -> assertThat(grants.get(i)).isNull());
    assertThat(redis.command("GET", key("a", client + "text"))).isEqualTo("hello");
  }

  @Test
  void a_key_of_another_type_leaves_the_other_keys_of_its_charge_uncharged() {
    Limit other = new Limit("b", limit.quotas());
    redis.command("SADD", key("b", client), "x");
    redis.command("PEXPIRE", key("b", client), "60000");
    Charge both = new Charge(List.of(new Subject(limit, client), new Subject(other, client)), 1);
    assertThat(settle(new Demand(both, 3)).get(0)).isNull();
    assertThat(settle(demand(client, 1)).get(0).left(0)).isEqualTo(4);
  }

  @Test
  void returns_pass_over_keys_of_other_types() {
    Receipt receipt = settle(demand(client, 1)).get(0).standing().receipt();
    redis.command("DEL", key("a", client));
    redis.command("LPUSH", key("a", client), "x");
    redis.command("PEXPIRE", key("a", client), "60000");
    OnLoop.await(store.giveBack(List.of(new Return(demand(client, 1).charge(), 1, receipt))));
    assertThat(redis.command("LLEN", key("a", client))).isEqualTo(1L);
  }

  @Test
  void returns_leave_the_expiry_as_it_was() {
    Receipt receipt = settle(demand(client, 2)).get(0).standing().receipt();
    redis.command("PEXPIRE", key("a", client), "4000000");
    OnLoop.await(store.giveBack(List.of(new Return(demand(client, 1).charge(), 1, receipt))));
    assertThat((Long) redis.command("PTTL", key("a", client))).isBetween(1L, 4_000_000L);
    assertThat(settle(demand(client, 1)).get(0).left(0)).isEqualTo(3);
  }

  @Test
  void a_window_that_was_open_once_does_not_open_again_when_the_clock_is_set_back() {
    long day = Window.DAY.numberAt(System.currentTimeMillis()) + 3;
    long month = Window.MONTH.numberAt(System.currentTimeMillis()) + 1;
    byte[] record =
        RedisBytes.writer()
            .put(1, 1)
            .put(0b11000, 1)
            .put(7, 7)
            .put(0, 7)
            .put(day, 5)
            .put(4, 7)
            .put(month, 5)
            .put(60, 7)
            .toBytes();
    redis.command(
        "SET", key("a", client), new String(record, StandardCharsets.ISO_8859_1), "PX", "60000");
    Grant grant = settle(demand(client, 9)).get(0);
    assertThat(grant.granted()).isEqualTo(1);
    assertThat(grant.left(1)).isEqualTo(39);
    assertThat(grant.standing().receipt().windows()).containsExactly(day, month);
    assertThat(grant.standing().receipt().epochs()).containsExactly(7);
    assertThat(grant.resetMillis(0)).isGreaterThan(2 * 86_400_000L);
    assertThat((Long) redis.command("PTTL", key("a", client)))
        .isGreaterThan(grant.resetMillis(1) - 60_000);
  }

  @Test
  void a_call_that_comes_too_late_does_nothing() {
    RedisBatch batch =
        new RedisBatch(
            List.of(demand(client, 1)),
            RedisForm.lean(false),
            new RedisPermits(new byte[8], 1, any -> 0));
    long nowMicros = System.currentTimeMillis() * 1_000;
    for (long notAfter : new long[] {nowMicros - 60_000_000, nowMicros + 3_600_000_000L}) {
      List<String> command = new ArrayList<>();
      command.add("EVAL");
      command.add(text(RedisScript.PACKED_SETTLE.text()));
      command.add("1");
      batch.keys().forEach(key -> command.add(text(key)));
      batch.arguments(notAfter, 1, 1).forEach(argument -> command.add(text(argument)));
      String answer = (String) redis.command(command.toArray(String[]::new));
      boolean inTime = notAfter > nowMicros;
      assertThat(answer.charAt(0)).isEqualTo((char) (inTime ? 0 : 1));
      assertThat(redis.command("EXISTS", key("a", client))).isEqualTo(inTime ? 1L : 0L);
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  @Test
  void the_largest_quota_is_counted_to_the_unit() {
    Limit vast = new Limit("vast", List.of(Quota.of(Window.DAY, Quota.MOST)));
    Charge dear = new Charge(List.of(new Subject(vast, client)), Charge.MOST_COST);
    Grant grant = settle(new Demand(dear, 999_999_999, 0)).get(0);
    assertThat(grant.granted()).isEqualTo(999_999_999);
    assertThat(grant.left(0)).isEqualTo(999_999);
    Charge cheap = new Charge(List.of(new Subject(vast, client)), 1);
    assertThat(settle(new Demand(cheap, 1_000_000)).get(0).granted()).isEqualTo(999_999);
    assertThat(settle(new Demand(dear, 1)).get(0).granted()).isZero();
  }

  @Test
  void a_batch_of_any_size_is_decided_in_order() {
    Demand[] many = new Demand[1_000];
    for (int i = 0; i < many.length; i++) {
      many[i] = demand(client + i % 100, 1);
    }
    List<Grant> grants = settle(many);
    assertThat(grants).hasSize(1_000);
    assertThat(grants.subList(0, 500)).allSatisfy(g -> assertThat(g.granted()).isEqualTo(1));
    assertThat(grants.subList(500, 1_000)).allSatisfy(g -> assertThat(g.granted()).isZero());
  }

  @Test
  void a_limit_that_gets_a_window_back_goes_on_counting_in_it() {
    Limit month = new Limit("a", List.of(Quota.of(Window.MONTH, 100)));
    settle(demand(client, 4));
    Charge without = new Charge(List.of(new Subject(month, client)), 1);
    assertThat(settle(new Demand(without, 10)).get(0).left(0)).isEqualTo(86);
    Grant again = settle(demand(client, 3)).get(0);
    assertThat(again.granted()).isEqualTo(1);
    assertThat(again.left(1)).isEqualTo(85);
  }
}
