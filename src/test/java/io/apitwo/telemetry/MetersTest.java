package io.apitwo.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.limit.Charge;
import io.apitwo.limit.Decision;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Receipt;
import io.apitwo.limit.Standing;
import io.apitwo.limit.Subject;
import io.apitwo.limit.Window;
import io.apitwo.telemetry.DecisionMeter.Source;
import io.apitwo.telemetry.TopClients.By;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MetersTest {
  private static final Limit DEFAULT = limit("default");
  private static final Limit LOGIN = limit("login");

  private final Meters meters = new Meters(() -> 7, () -> List.of("default"));

  private static Limit limit(String name) {
    return new Limit(name, List.of(Quota.of(Window.MINUTE, 10), Quota.of(Window.DAY, 100)));
  }

  private static Charge charge(Limit... limits) {
    return charge("a client", limits);
  }

  private static Charge charge(String client, Limit... limits) {
    return new Charge(Arrays.stream(limits).map(limit -> new Subject(limit, client)).toList(), 1);
  }

  private static Decision decision(Charge charge, boolean allowed, long... left) {
    long[] reset = new long[left.length];
    Arrays.fill(reset, 1_000);
    Receipt receipt = new Receipt(1, new long[charge.subjects().size()], new long[left.length]);
    return new Decision(charge, allowed, new Standing(left, reset, 0, 0, receipt), 0, 0);
  }

  private Exposition scrape() {
    return Exposition.parse(meters.scrape());
  }

  private static String decisions(String limit, String verdict, String source) {
    return "apitwo_decisions_total{limit=\""
        + limit
        + "\",source=\""
        + source
        + "\",verdict=\""
        + verdict
        + "\"}";
  }

  @Test
  void an_allowed_request_counts_for_each_of_its_limits() {
    DecisionMeter loop = meters.loop(0);
    loop.decided(decision(charge(DEFAULT, LOGIN), true, 1, 1, 1, 1), Source.BATCH);
    loop.decided(decision(charge(DEFAULT), true, 0, 0), Source.LEASE);
    assertThat(scrape().value(decisions("default", "allowed", "batch"))).isEqualTo(1);
    assertThat(scrape().value(decisions("default", "allowed", "lease"))).isEqualTo(1);
    assertThat(scrape().value(decisions("login", "allowed", "batch"))).isEqualTo(1);
    assertThat(scrape().value(decisions("login", "allowed", "lease"))).isZero();
  }

  @Test
  void a_refused_request_counts_for_the_limits_that_refused_it() {
    DecisionMeter loop = meters.loop(0);
    Charge both = charge(DEFAULT, LOGIN);
    loop.decided(decision(both, false, 5, 5, 5, 0), Source.BATCH);
    loop.decided(decision(both, false, 0, 0, 5, 5), Source.OVER_LIMIT_CACHE);
    loop.decided(decision(both, false, 5, 5, 5, 5), Source.BATCH); // neither alone
    assertThat(scrape().value(decisions("default", "refused", "batch"))).isEqualTo(1);
    assertThat(scrape().value(decisions("login", "refused", "batch"))).isEqualTo(2);
    assertThat(scrape().value(decisions("default", "refused", "over_limit_cache"))).isEqualTo(1);
    assertThat(scrape().value(decisions("login", "refused", "over_limit_cache"))).isZero();
  }

  @Test
  void a_degraded_answer_counts_for_each_limit() {
    meters.loop(0).degraded(charge(DEFAULT, LOGIN), true);
    meters.loop(1).degraded(charge(LOGIN), false);
    assertThat(scrape().value(decisions("default", "allowed", "degraded"))).isEqualTo(1);
    assertThat(scrape().value(decisions("login", "allowed", "degraded"))).isEqualTo(1);
    assertThat(scrape().value(decisions("login", "refused", "degraded"))).isEqualTo(1);
  }

  @Test
  void a_limit_of_the_rules_is_there_before_its_first_decision() {
    assertThat(scrape().value(decisions("default", "refused", "batch"))).isZero();
    assertThat(scrape().value("apitwo_rules_revision")).isEqualTo(7);
  }

  @Test
  void a_count_outlives_changes_of_its_limit() {
    for (int revision = 0; revision < 3_000; revision++) {
      meters.loop(0).decided(decision(charge(limit("default")), true, 1, 1), Source.BATCH);
    }
    assertThat(scrape().value(decisions("default", "allowed", "batch"))).isEqualTo(3_000);
  }

  @Test
  void ten_thousand_clients_make_no_series() {
    meters.loop(0).decided(decision(charge(DEFAULT, LOGIN), true, 1, 1, 1, 1), Source.BATCH);
    Exposition before = scrape();
    Random random = new Random(1);
    for (int i = 0; i < 10_000; i++) {
      Charge charge = charge(Long.toHexString(random.nextLong()), DEFAULT, LOGIN);
      meters.loop(i % 2).decided(decision(charge, i % 3 > 0, 0, 1, 0, 1), Source.BATCH);
    }
    assertThat(ours(scrape())).isEqualTo(ours(before));
    double refused = scrape().value(decisions("login", "refused", "batch"));
    assertThat(refused + scrape().value(decisions("login", "allowed", "batch"))).isEqualTo(10_001);
  }

  private static List<String> ours(Exposition exposition) {
    return exposition.series().stream().filter(series -> series.startsWith("apitwo_")).toList();
  }

  @Test
  void more_limits_than_are_told_apart_share_one_name() {
    List<Limit> limits = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      limits.add(limit("l" + i));
    }
    for (int round = 0; round < 2; round++) {
      for (Limit limit : limits) {
        meters.loop(round).decided(decision(charge(limit), true, 1, 1), Source.LEASE);
        meters.shadows().decided(decision(charge(limit), false, 0, 1), Source.BATCH);
      }
    }
    Exposition exposition = scrape(); // whose rules name one more
    assertThat(exposition.value(decisions("l0", "allowed", "lease"))).isEqualTo(2);
    assertThat(exposition.value(decisions("_other", "allowed", "lease")))
        .isEqualTo(2 * (5_000 - DecisionSeries.MOST_NAMES));
    assertThat(exposition.value(shadows("_other", "refused")))
        .isEqualTo(2 * (5_000 - ShadowMeter.MOST_NAMES));
    assertThat(exposition.series()).hasSizeLessThan(2_000);
  }

  private static String shadows(String limit, String verdict) {
    return "apitwo_shadow_decisions_total{limit=\"" + limit + "\",verdict=\"" + verdict + "\"}";
  }

  @Test
  void what_shadows_would_have_done_is_counted_apart() {
    meters.shadows().decided(decision(charge(LOGIN), true, 1, 1), Source.LEASE);
    meters.shadows().decided(decision(charge(LOGIN), false, 0, 1), Source.OVER_LIMIT_CACHE);
    meters.shadows().decided(decision(charge(LOGIN), false, 0, 1), Source.BATCH);
    meters.shadows().degraded(charge(LOGIN), true);
    Exposition exposition = scrape();
    assertThat(exposition.value(shadows("login", "allowed"))).isEqualTo(1);
    assertThat(exposition.value(shadows("login", "refused"))).isEqualTo(2);
    assertThat(exposition.value(shadows("login", "unknown"))).isEqualTo(1);
    assertThat(exposition.series()).doesNotContain(decisions("login", "allowed", "lease"));
  }

  @Test
  void refusals_of_limits_that_are_not_told_apart_are_in_the_traffic() {
    for (int i = 0; i <= DecisionSeries.MOST_NAMES; i++) {
      meters.loop(0).decided(decision(charge(limit("l" + i)), true, 1, 1), Source.BATCH);
    }
    assertThat(meters.traffic().refused()).doesNotContainKey("_other");
    meters.loop(0).decided(decision(charge(limit("late")), false, 0, 1), Source.BATCH);
    assertThat(meters.traffic().refused()).containsEntry("_other", 1L);
  }

  private TopClients.Top top(@Nullable String limit) {
    return TopClients.Seen.together(List.of(meters.top(0, limit, By.REQUESTS)), 10);
  }

  @Test
  void limits_without_requests_make_room_for_those_that_have_some() {
    for (int i = 0; i < TopClients.MOST_LIMITS; i++) {
      meters.loop(0).decided(decision(charge(limit("l" + i)), true, 1, 1), Source.BATCH);
    }
    Decision late = decision(charge(LOGIN), true, 1, 1);
    meters.loop(0).decided(late, Source.BATCH);
    meters.turn(0);
    meters.loop(0).decided(late, Source.BATCH);
    assertThat(top(null).byLimit()).hasSize(TopClients.MOST_LIMITS).doesNotContainKey("login");
    assertThat(top(null).leftOut()).containsExactly("login");
    assertThat(top("login").leftOut()).containsExactly("login");
    assertThat(top("l1").leftOut()).isEmpty();
    meters.turn(0);
    meters.loop(0).decided(late, Source.BATCH);
    assertThat(top(null).byLimit())
        .containsOnly(Map.entry("login", List.of(new Frequent("a client", 1, 0))));
    meters.turn(0);
    assertThat(top(null).byLimit()).containsOnlyKeys("login");
    assertThat(top(null).leftOut()).isEmpty();
  }

  @Test
  void quota_that_was_refunded_is_summed() {
    meters.loop(0).refunded(3);
    meters.loop(1).refunded(4);
    assertThat(scrape().value("apitwo_refunded_quota_total")).isEqualTo(7);
  }

  @Test
  void quota_on_lease_is_what_was_neither_spent_nor_given_up() {
    meters.loop(0).leased(100);
    meters.loop(0).spentOrReturned(40);
    meters.loop(0).stranded(10);
    meters.loop(0).spentOrReturned(10);
    meters.loop(1).leased(7);
    assertThat(scrape().value("apitwo_leased_quota")).isEqualTo(57);
    assertThat(scrape().value("apitwo_stranded_quota_total")).isEqualTo(10);
  }

  @Test
  void a_reader_sees_every_count_once_while_loops_count() throws Exception {
    int each = 5_000_000;
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      List<Future<?>> counting = new ArrayList<>();
      for (int number = 0; number < 2; number++) {
        DecisionMeter loop = meters.loop(number);
        Decision decision = decision(charge(DEFAULT), true, 1, 1);
        counting.add(
            threads.submit(
                () -> {
                  for (int i = 0; i < each; i++) {
                    loop.decided(decision, Source.LEASE);
                  }
                }));
      }
      double last = 0;
      while (!counting.stream().allMatch(Future::isDone)) {
        double now = scrape().value(decisions("default", "allowed", "lease"));
        assertThat(now).isBetween(last, 2.0 * each);
        last = now;
      }
      for (Future<?> loop : counting) {
        loop.get(10, TimeUnit.SECONDS);
      }
    } finally {
      threads.shutdownNow();
    }
    assertThat(scrape().value(decisions("default", "allowed", "lease"))).isEqualTo(2 * each);
  }

  @Test
  void a_store_that_nobody_asks_for_has_no_series() {
    assertThat(ours(scrape())).noneMatch(series -> series.startsWith("apitwo_store"));
    assertThat(meters.store()).isSameAs(meters.store());
    assertThat(scrape().value("apitwo_store_up")).isZero();
    assertThat(scrape().value("apitwo_store_clock_skew_seconds")).isNaN();
    assertThat(scrape().value("apitwo_nodes")).isEqualTo(1);
  }

  @Test
  void calls_of_the_store_are_counted_by_outcome() {
    StoreMeter store = meters.store();
    store.answered(3, 40, 700);
    store.answered(5, 60, 60_000);
    for (StoreMeter.Failure failure : StoreMeter.Failure.values()) {
      store.failed(failure);
    }
    Exposition exposition = scrape();
    assertThat(exposition.value("apitwo_store_calls_total{outcome=\"answered\"}")).isEqualTo(2);
    for (String failure : List.of("timeout", "connection", "error", "expired")) {
      assertThat(exposition.value("apitwo_store_calls_total{outcome=\"" + failure + "\"}"))
          .isEqualTo(1);
    }
    assertThat(exposition.type("apitwo_store_calls_total")).isEqualTo("counter");
  }

  @Test
  void an_answer_has_its_latency_and_its_size() {
    StoreMeter store = meters.store();
    store.answered(3, 40, 700);
    store.answered(5, 60, 60_000);
    Exposition exposition = scrape();
    assertThat(exposition.type("apitwo_store_call_seconds")).isEqualTo("histogram");
    assertThat(exposition.value("apitwo_store_call_seconds_bucket{le=\"5.0E-4\"}")).isZero();
    assertThat(exposition.value("apitwo_store_call_seconds_bucket{le=\"0.001\"}")).isEqualTo(1);
    assertThat(exposition.value("apitwo_store_call_seconds_bucket{le=\"0.05\"}")).isEqualTo(1);
    assertThat(exposition.value("apitwo_store_call_seconds_bucket{le=\"+Inf\"}")).isEqualTo(2);
    assertThat(exposition.value("apitwo_store_batch_groups_sum")).isEqualTo(8);
    assertThat(exposition.value("apitwo_store_batch_requests_sum")).isEqualTo(100);
    assertThat(exposition.value("apitwo_store_batch_requests_count")).isEqualTo(2);
  }

  @Test
  void the_stores_state_is_what_was_last_said() {
    StoreMeter store = meters.store();
    store.available(true);
    store.skew(-1_500);
    store.nodes(4);
    assertThat(scrape().value("apitwo_store_up")).isEqualTo(1);
    assertThat(scrape().value("apitwo_store_clock_skew_seconds")).isEqualTo(-1.5);
    assertThat(scrape().value("apitwo_nodes")).isEqualTo(4);
    store.available(false);
    assertThat(scrape().value("apitwo_store_up")).isZero();
  }
}
