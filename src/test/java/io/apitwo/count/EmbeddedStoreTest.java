package io.apitwo.count;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.limit.Charge;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Subject;
import io.apitwo.limit.Window;
import java.time.Instant;
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
}
