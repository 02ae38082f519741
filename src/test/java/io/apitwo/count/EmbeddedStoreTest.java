package io.apitwo.count;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Charge;
import io.apitwo.limit.ConcurrencyQuota;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Quota;
import io.apitwo.limit.RateQuota;
import io.apitwo.limit.Return;
import io.apitwo.limit.Subject;
import io.apitwo.limit.Window;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class EmbeddedStoreTest extends CounterStoreContract {
  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2025-06-29T15:38:07Z"));
  private final EmbeddedStore contractStore =
      new EmbeddedStore(now::get, System::nanoTime, 1_000, 2);
  private final EmbeddedStore store = new EmbeddedStore(now::get, System::nanoTime, 1_000, 2);

  @Override
  CounterStore store() {
    return contractStore;
  }

  private int pass(String client, int count, Quota... quotas) {
    Charge charge = new Charge(List.of(new Subject(new Limit("a", List.of(quotas)), client)), 1);
    List<Grant> grants = store.settle(List.of(new Demand(charge, count))).result();
    return grants.get(0).granted();
  }

  @Test
  void a_new_window_has_its_whole_quota_and_longer_ones_go_on() {
    Quota minute = Quota.of(Window.MINUTE, 5);
    Quota hour = Quota.of(Window.HOUR, 8);
    assertThat(pass("c", 9, minute, hour)).isEqualTo(5);
    now.set(Instant.parse("2025-06-29T15:38:59.999Z"));
    assertThat(pass("c", 9, minute, hour)).isZero();
    now.set(Instant.parse("2025-06-29T15:39:00Z"));
    assertThat(pass("c", 9, minute, hour)).isEqualTo(3);
  }

  @Test
  void at_the_ceiling_new_clients_share_one_counter_and_old_ones_keep_theirs() {
    Quota quota = Quota.of(Window.DAY, 2);
    for (int i = 0; i < 1_000; i++) {
      assertThat(pass("c" + i, 2, quota)).isEqualTo(2);
    }
    int latecomers = 0;
    for (int i = 0; i < 100; i++) {
      latecomers += pass("late" + i, 1, quota);
    }
    assertThat(latecomers).isEqualTo(2);
    assertThat(pass("c5", 1, quota)).isZero();
    assertThat(store.size()).isEqualTo(1_001);
  }

  @Test
  void counters_whose_windows_are_over_are_forgotten_and_no_others() {
    Quota minute = Quota.of(Window.MINUTE, 2);
    for (int i = 0; i < 500; i++) {
      pass("old" + i, 1, minute);
    }
    pass("full", 2, Quota.of(Window.DAY, 2));
    now.set(Instant.parse("2025-06-29T15:40:00Z"));
    for (int i = 0; i < 400; i++) {
      pass("new", 1, minute);
    }
    assertThat(store.size()).isEqualTo(2);
    assertThat(pass("full", 1, Quota.of(Window.DAY, 2))).isZero();
  }

  private int passAll(String client, List<Limit> limits) {
    List<Subject> subjects = limits.stream().map(limit -> new Subject(limit, client)).toList();
    Demand demand = new Demand(new Charge(subjects, 1), 1);
    return store.settle(List.of(demand)).result().get(0).granted();
  }

  private static Limit limit(String name, Window window, int amount) {
    return new Limit(name, List.of(Quota.of(window, amount)));
  }

  @Test
  void counters_that_are_over_make_room_even_where_each_request_needs_several() {
    List<Limit> three =
        List.of(
            limit("a", Window.MINUTE, 1),
            limit("b", Window.MINUTE, 1),
            limit("c", Window.MINUTE, 1));
    for (int minute = 0; minute < 10; minute++) {
      now.set(now.get().plusSeconds(60));
      for (int i = 0; i < 300; i++) {
        assertThat(passAll(minute + "-" + i, three)).isEqualTo(1);
      }
    }
    assertThat(store.size()).isLessThanOrEqualTo(1_000);
  }

  @Test
  void a_refused_request_leaves_no_counter_behind() {
    List<Limit> both = List.of(limit("each", Window.DAY, 1), limit("all", Window.DAY, 1));
    List<Subject> subjects =
        List.of(new Subject(both.get(0), "first"), new Subject(both.get(1), "everybody"));
    store.settle(List.of(new Demand(new Charge(subjects, 1), 1)));
    for (int i = 0; i < 100; i++) {
      List<Subject> next =
          List.of(new Subject(both.get(0), "next" + i), new Subject(both.get(1), "everybody"));
      Grant grant = store.settle(List.of(new Demand(new Charge(next, 1), 1))).result().get(0);
      assertThat(grant.granted()).isZero();
      assertThat(store.size()).isEqualTo(2);
    }
  }

  private Grant settle(Limit limit, String client, int count) {
    Charge charge = new Charge(List.of(new Subject(limit, client)), 1);
    return store.settle(List.of(new Demand(charge, count))).result().get(0);
  }

  @Test
  void tokens_come_back_at_their_rate_and_a_full_bucket_is_forgotten() {
    Limit limit = Limit.of("t", Algorithm.TOKEN_BUCKET, new RateQuota(10, 1_000_000, 20));
    assertThat(settle(limit, "c", 30).granted()).isEqualTo(20);
    now.set(now.get().plusMillis(250));
    assertThat(settle(limit, "c", 30).granted()).isEqualTo(2);
    now.set(now.get().plusMillis(50));
    assertThat(settle(limit, "c", 30).granted()).isEqualTo(1);
    now.set(now.get().plusMillis(1_999));
    settle(limit, "d", 1);
    settle(limit, "d", 1);
    assertThat(store.size()).isEqualTo(2);
    now.set(now.get().plusMillis(1));
    settle(limit, "d", 1);
    settle(limit, "d", 1);
    assertThat(store.size()).isEqualTo(1);
    assertThat(settle(limit, "c", 30).granted()).isEqualTo(20);
  }

  @Test
  void sliding_counts_are_forgotten_when_they_weigh_nothing_any_more() {
    Limit limit = Limit.of("s", Algorithm.SLIDING, Quota.of(Window.MINUTE, 10));
    settle(limit, "c", 10);
    now.set(Instant.parse("2025-06-29T15:39:30Z"));
    assertThat(settle(limit, "c", 10).granted()).isEqualTo(5);
    now.set(Instant.parse("2025-06-29T15:40:59.999Z"));
    assertThat(settle(limit, "c", 10).granted()).isEqualTo(9);
    now.set(Instant.parse("2025-06-29T15:42:00Z"));
    for (int i = 0; i < 3; i++) {
      settle(limit, "d", 1);
    }
    assertThat(store.size()).isEqualTo(1);
  }

  @Test
  void permits_are_kept_as_long_as_they_are_held_and_forgotten_then() {
    Limit limit = Limit.of("c", Algorithm.CONCURRENCY, new ConcurrencyQuota(2));
    Grant held = settle(limit, "c", 2);
    now.set(now.get().plusSeconds(100_000));
    for (int i = 0; i < 5; i++) {
      settle(limit, "d", 1);
    }
    assertThat(settle(limit, "c", 1).granted()).isZero();
    Charge charge = new Charge(List.of(new Subject(limit, "c")), 1);
    store.giveBack(List.of(new Return(charge, 2, held.standing().receipt(), true)));
    for (int i = 0; i < 5; i++) {
      settle(limit, "d", 1);
    }
    assertThat(store.size()).isEqualTo(1);
    store.giveBack(List.of(new Return(charge, 2, held.standing().receipt(), true)));
    assertThat(settle(limit, "c", 5).granted()).isEqualTo(2);
  }

  @Test
  void permits_of_latecomers_at_the_ceiling_come_back_to_the_counter_that_they_share() {
    for (int i = 0; i < 1_000; i++) {
      pass("c" + i, 1, Quota.of(Window.DAY, 2));
    }
    Limit limit = Limit.of("c", Algorithm.CONCURRENCY, new ConcurrencyQuota(2));
    Grant late = settle(limit, "late", 2);
    assertThat(late.granted()).isEqualTo(2);
    assertThat(settle(limit, "later", 1).granted()).isZero();
    Charge charge = new Charge(List.of(new Subject(limit, "late")), 1);
    store.giveBack(List.of(new Return(charge, 1, late.standing().receipt(), true)));
    assertThat(settle(limit, "later", 2).granted()).isEqualTo(1);
  }

  /** Fills the table and lets some latecomers pass. @return how many of them did */
  private int flood(Limit limit) {
    for (int i = 0; i < 1_000; i++) {
      assertThat(settle(limit, "c" + i, 1).granted()).isEqualTo(1);
    }
    return passing(limit, "late", 100);
  }

  private int passing(Limit limit, String prefix, int clients) {
    int passed = 0;
    for (int i = 0; i < clients; i++) {
      passed += settle(limit, prefix + i, 1).granted();
    }
    return passed;
  }

  @Test
  void after_a_flood_newcomers_have_counters_of_their_own_from_the_first_one() {
    Limit limit = limit("a", Window.MINUTE, 5);
    assertThat(flood(limit)).isEqualTo(5);
    now.set(now.get().plusSeconds(60));
    assertThat(passing(limit, "new", 600)).isEqualTo(600);
  }

  @Test
  void when_there_is_room_again_latecomers_go_on_from_what_they_have_used_together() {
    Limit both = new Limit("a", List.of(Quota.of(Window.MINUTE, 5), Quota.of(Window.HOUR, 20)));
    flood(limit("short", Window.MINUTE, 5));
    assertThat(passing(both, "late", 100)).isEqualTo(5);
    for (int minute = 0; minute < 9; minute++) {
      now.set(now.get().plusSeconds(60));
      settle(both, "late3", 30);
    }
    assertThat(settle(both, "late3", 1).granted()).isZero(); // 5 together, and 15 by itself
    assertThat(settle(both, "late4", 1).granted()).isEqualTo(1);
  }

  @Test
  void steady_newcomers_heal_from_a_flood_of_sliding_windows() {
    Limit limit = Limit.of("s", Algorithm.SLIDING, Quota.of(Window.SECOND, 5));
    flood(limit);
    int passed = 0;
    for (int second = 0; second < 6; second++) {
      now.set(now.get().plusSeconds(1));
      passed = passing(limit, "new" + second, 20);
    }
    assertThat(passed).isEqualTo(20);
  }

  @Test
  void steady_newcomers_heal_from_a_flood_of_token_buckets() {
    Limit limit = Limit.of("t", Algorithm.TOKEN_BUCKET, new RateQuota(60, 60_000_000, 5));
    flood(limit);
    int passed = 0;
    for (int second = 0; second < 20; second++) {
      now.set(now.get().plusSeconds(1));
      passed = passing(limit, "new" + second + "-", 20);
    }
    assertThat(passed).isEqualTo(20);
  }

  @Test
  void latecomers_in_flight_together_stay_so_until_they_have_ended() {
    Limit limit = Limit.of("f", Algorithm.CONCURRENCY, new ConcurrencyQuota(3));
    List<Return> held = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      held.add(held(limit, "c" + i, 1));
    }
    Return together = held(limit, "late", 2);
    store.giveBack(held);
    assertThat(settle(limit, "newcomer", 3).granted()).isEqualTo(1);
    assertThat(settle(limit, "another", 3).granted()).isEqualTo(1);
    store.giveBack(List.of(together));
    assertThat(settle(limit, "newcomer", 3).granted()).isEqualTo(2);
    assertThat(settle(limit, "third", 3).granted()).isEqualTo(3);
  }

  private Return held(Limit limit, String client, int count) {
    Charge charge = new Charge(List.of(new Subject(limit, client)), 1);
    Grant grant = store.settle(List.of(new Demand(charge, count))).result().get(0);
    assertThat(grant.granted()).isEqualTo(count);
    return new Return(charge, count, grant.standing().receipt());
  }
}
