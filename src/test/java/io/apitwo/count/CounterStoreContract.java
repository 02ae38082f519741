package io.apitwo.count;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.limit.Accuracy;
import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Charge;
import io.apitwo.limit.ConcurrencyQuota;
import io.apitwo.limit.Decision;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Hit;
import io.apitwo.limit.Lease;
import io.apitwo.limit.Limit;
import io.apitwo.limit.OnStoreFailure;
import io.apitwo.limit.Quota;
import io.apitwo.limit.RateQuota;
import io.apitwo.limit.Receipt;
import io.apitwo.limit.Return;
import io.apitwo.limit.Subject;
import io.apitwo.limit.Window;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * What every counter store must do. Each test takes a client of its own, so that one database
 * serves them all; the windows are days and months, so that none ends on the way.
 */
abstract class CounterStoreContract extends AlgorithmContract {
  @Test
  void as_many_charges_pass_as_fit() {
    Grant grant = settle(charge(limit("a", 5, 100), 1), 8);
    assertThat(grant.granted()).isEqualTo(5);
    assertThat(grant.left(0)).isZero();
    assertThat(grant.left(1)).isEqualTo(95);
    assertThat(settle(charge(limit("a", 5, 100), 1), 1).granted()).isZero();
  }

  @Test
  void a_refused_request_charges_none_of_its_windows() {
    Charge charge = charge(limit("a", 3, 100), 1);
    settle(charge, 3);
    for (int i = 0; i < 5; i++) {
      assertThat(settle(charge, 4).granted()).isZero();
    }
    assertThat(settle(charge, 1).left(1)).isEqualTo(97);
  }

  @Test
  void a_charge_of_several_limits_passes_whole_or_not_at_all() {
    Limit wide = limit("wide", 100, 100);
    Limit narrow = limit("narrow", 100, 2);
    Charge both =
        new Charge(List.of(new Subject(wide, client), new Subject(narrow, client + "x")), 1);
    assertThat(settle(both, 5).granted()).isEqualTo(2);
    assertThat(settle(charge(wide, 1), 1).left(0)).isEqualTo(97);
  }

  @Test
  void a_cost_is_charged_whole() {
    Charge ten = charge(limit("a", 25, 100), 10);
    Grant grant = settle(ten, 3);
    assertThat(grant.granted()).isEqualTo(2);
    assertThat(grant.left(0)).isEqualTo(5);
    assertThat(grant.decision(ten, 0, System.nanoTime()).left(0)).isEqualTo(15);
    Decision refused = grant.decision(ten, 2, System.nanoTime());
    assertThat(refused.allowed()).isFalse();
    assertThat(refused.violated(0)).isTrue();
    assertThat(refused.violated(1)).isFalse();
  }

  @Test
  void a_large_cost_that_does_not_fit_does_not_block_smaller_ones() {
    Limit limit = limit("a", 10, 100);
    List<Grant> grants =
        settle(
            new Demand(charge(limit, 8), 1),
            new Demand(charge(limit, 5), 1),
            new Demand(charge(limit, 2), 1));
    assertThat(grants).extracting(Grant::granted).containsExactly(1, 0, 1);
  }

  @Test
  void clients_and_limits_do_not_touch_each_other() {
    Limit limit = limit("a", 1, 100);
    settle(charge(limit, 1), 1);
    Charge other = new Charge(List.of(new Subject(limit, client + "2")), 1);
    assertThat(settle(other, 1).granted()).isEqualTo(1);
    assertThat(settle(charge(limit("b", 1, 100), 1), 1).granted()).isEqualTo(1);
  }

  @Test
  void a_changed_quota_counts_at_once_and_keeps_the_count() {
    settle(charge(limit("a", 5, 100), 1), 5);
    assertThat(settle(charge(limit("a", 7, 100), 1), 5).granted()).isEqualTo(2);
    Grant lowered = settle(charge(limit("a", 4, 100), 1), 1);
    assertThat(lowered.granted()).isZero();
    assertThat(lowered.left(0)).isZero();
  }

  @Test
  void a_reset_lies_ahead() {
    Grant grant = settle(charge(limit("a", 5, 100), 1), 1);
    assertThat(grant.resetMillis(0)).isBetween(1L, 86_400_000L);
    assertThat(grant.resetMillis(1)).isBetween(1L, 31 * 86_400_000L);
  }

  @Test
  void a_lease_is_charged_and_within_its_bounds() {
    Charge charge = charge(limit("a", 10_000, 1_000_000), 1);
    Grant grant = settle(new Demand(charge, 10, 1_000_000)).get(0);
    assertThat(grant.granted()).isEqualTo(10);
    assertThat((long) grant.leased()).isBetween(0L, Lease.most(10_000, 9_990, 1, 1));
    assertThat(grant.left(0)).isEqualTo(9_990 - grant.leased());
    assertThat(grant.left(1)).isEqualTo(999_990 - grant.leased());
    assertThat(grant.standing().othersMillis()).isNotNegative();
  }

  @Test
  void small_quotas_and_the_reserve_are_never_leased() {
    Charge small = charge(limit("small", 199, 1_000_000), 1);
    assertThat(settle(new Demand(small, 1, 1_000)).get(0).leased()).isZero();
    Charge nearly = charge(limit("nearly", 1_000, 1_000_000), 1);
    settle(nearly, 900);
    assertThat(settle(new Demand(nearly, 1, 1_000)).get(0).leased()).isZero();
  }

  @Test
  void nothing_is_leased_where_not_all_were_granted() {
    Charge charge = charge(limit("a", 10_000, 1_000_000), 100);
    Grant grant = settle(new Demand(charge, 101, 1_000)).get(0);
    assertThat(grant.granted()).isEqualTo(100);
    assertThat(grant.leased()).isZero();
  }

  @Test
  void what_is_leased_and_passed_never_exceeds_the_quota() {
    Charge charge = charge(limit("a", 1_000, 1_000_000), 1);
    long all = 0;
    for (int i = 0; i < 2_000; i++) {
      Grant grant = settle(new Demand(charge, 1, 500)).get(0);
      all += grant.granted() + grant.leased();
    }
    assertThat(all).isEqualTo(1_000);
  }

  @Test
  void what_is_given_back_can_be_used_again() {
    Charge charge = charge(limit("a", 500, 1_000_000), 1);
    Grant grant = settle(charge, 500);
    giveBack(new Return(charge, 100, grant.standing().receipt()));
    assertThat(settle(charge, 500).granted()).isEqualTo(takesBack() ? 100 : 0);
  }

  @Test
  void more_than_was_charged_cannot_be_given_back() {
    Charge charge = charge(limit("a", 500, 1_000_000), 1);
    Grant grant = settle(charge, 10);
    giveBack(new Return(charge, 1_000, grant.standing().receipt()));
    assertThat(settle(charge, 600).granted()).isEqualTo(takesBack() ? 500 : 490);
  }

  private static Return refund(Charge charge, long count, Receipt receipt) {
    return new Return(charge, count, receipt, Return.Reason.REFUNDED);
  }

  @Test
  void what_is_refunded_can_be_used_again_in_every_window() {
    Charge charge = charge(limit("a", 500, 600), 2);
    Grant grant = settle(charge, 250);
    giveBack(refund(charge, 30, grant.standing().receipt()));
    Grant next = settle(charge, 0);
    assertThat(next.left(0)).isEqualTo(60);
    assertThat(next.left(1)).isEqualTo(160);
  }

  @Test
  void a_refund_of_one_limit_leaves_the_others_charged() {
    Charge both =
        new Charge(
            List.of(
                new Subject(limit("kept", 100, 100), client),
                new Subject(limit("refunded", 100, 100), client + "x")),
            1);
    Decision decision = settle(both, 5).decision(both, 0, System.nanoTime());
    BitSet second = new BitSet();
    second.set(1);
    giveBack(Return.refund(decision, second));
    Grant next = settle(both, 0);
    assertThat(next.left(0)).isEqualTo(95);
    assertThat(next.left(1)).isEqualTo(95);
    assertThat(next.left(2)).isEqualTo(96);
    assertThat(next.left(3)).isEqualTo(96);
  }

  @Test
  void more_than_was_charged_cannot_be_refunded() {
    Charge charge = charge(limit("a", 500, 1_000_000), 1);
    Receipt receipt = settle(charge, 10).standing().receipt();
    giveBack(refund(charge, 1_000, receipt), refund(charge, 1_000, receipt));
    assertThat(settle(charge, 600).granted()).isEqualTo(500);
  }

  @Test
  void a_refund_into_another_window_buys_nothing_and_makes_no_counter() {
    Charge charge = charge(limit("a", 5, 1_000_000), 1);
    Receipt receipt = settle(charge, 5).standing().receipt();
    long[] windows = receipt.windows();
    Receipt before =
        new Receipt(
            receipt.session(), receipt.epochs(), new long[] {windows[0] - 1, windows[1] - 1});
    giveBack(refund(charge, 5, before));
    assertThat(settle(charge, 1).granted()).isZero();
    Charge unknown = new Charge(List.of(new Subject(limit("a", 5, 100), client + "-none")), 1);
    giveBack(refund(unknown, 1, receipt));
    assertThat(settle(unknown, 9).granted()).isEqualTo(5);
  }

  @Test
  void a_refund_finds_the_windows_of_a_client_that_begin_early() {
    Limit phased =
        new Limit(
            "phased",
            Algorithm.FIXED,
            List.of(Quota.of(Window.DAY, 50), Quota.of(Window.MONTH, 60)),
            Accuracy.EXACT,
            OnStoreFailure.LOCAL,
            true);
    for (int i = 0; i < 8; i++) {
      Charge charge = new Charge(List.of(new Subject(phased, client + i)), 1);
      Grant grant = settle(charge, 9);
      giveBack(refund(charge, 4, grant.standing().receipt()));
      assertThat(settle(charge, 0).left(0)).isEqualTo(45);
      assertThat(settle(charge, 0).left(1)).isEqualTo(55);
    }
  }

  @Test
  void a_return_into_another_window_or_life_buys_nothing() {
    Charge charge = charge(limit("a", 5, 1_000_000), 1);
    Receipt receipt = settle(charge, 5).standing().receipt();
    long[] windows = receipt.windows();
    long[] epochs = receipt.epochs();
    giveBack(
        new Return(
            charge,
            5,
            new Receipt(receipt.session(), epochs, new long[] {windows[0] - 1, windows[1] - 1})),
        new Return(charge, 5, new Receipt(receipt.session(), new long[] {epochs[0] + 7}, windows)));
    assertThat(settle(charge, 1).granted()).isZero();
  }

  private void reset(Charge charge) {
    store().reset(charge.subjects()).toCompletionStage().toCompletableFuture().join();
  }

  @Test
  void after_a_reset_exactly_the_quota_passes_again() {
    Charge charge = charge(limit("a", 500, 600), 1);
    settle(charge, 500);
    reset(charge);
    assertThat(settle(charge, 0).left(1)).isEqualTo(600);
    assertThat(settle(charge, 700).granted()).isEqualTo(500);
    assertThat(settle(charge, 1).granted()).isZero();
  }

  @Test
  void a_reset_touches_neither_other_clients_nor_other_limits() {
    Charge other = new Charge(List.of(new Subject(limit("a", 5, 5), client + "2")), 1);
    settle(other, 5);
    settle(charge(limit("b", 5, 5), 1), 5);
    reset(charge(limit("a", 5, 5), 1));
    assertThat(settle(other, 1).granted()).isZero();
    assertThat(settle(charge(limit("b", 5, 5), 1), 1).granted()).isZero();
  }

  @Test
  void a_return_from_before_a_reset_buys_nothing() {
    Charge charge = charge(limit("a", 500, 1_000_000), 1);
    Grant before = settle(charge, 500);
    reset(charge);
    assertThat(settle(charge, 500).granted()).isEqualTo(500);
    giveBack(new Return(charge, 400, before.standing().receipt()));
    assertThat(settle(charge, 1).granted()).isZero();
  }

  @Test
  void a_reset_of_every_algorithm_begins_anew_but_what_is_in_flight_stays_counted() {
    Limit sliding = Limit.of("s", Algorithm.SLIDING, Quota.of(Window.MONTH, 5));
    Limit tokens = Limit.of("t", Algorithm.TOKEN_BUCKET, new RateQuota(1, 86_400_000_000L, 5));
    Limit flights = Limit.of("f", Algorithm.CONCURRENCY, new ConcurrencyQuota(5));
    for (Limit limit : List.of(sliding, tokens, flights)) {
      Charge charge = new Charge(List.of(new Subject(limit, client)), 1);
      assertThat(settle(charge, 9).granted()).isEqualTo(5);
      reset(charge);
      assertThat(settle(charge, 9).granted()).isEqualTo(limit == flights ? 0 : 5);
    }
  }

  @Test
  void a_reset_finds_the_windows_of_a_client_that_begin_early() {
    Limit phased =
        new Limit(
            "phased-reset",
            Algorithm.FIXED,
            List.of(Quota.of(Window.DAY, 5), Quota.of(Window.MONTH, 5)),
            Accuracy.EXACT,
            OnStoreFailure.LOCAL,
            true);
    for (int i = 0; i < 8; i++) {
      Charge charge = new Charge(List.of(new Subject(phased, client + i)), 1);
      settle(charge, 5);
      reset(charge);
      assertThat(settle(charge, 9).granted()).isEqualTo(5);
    }
  }

  @Test
  void a_return_makes_no_counter() {
    Charge charge = charge(limit("a", 5, 100), 1);
    Receipt receipt = settle(charge, 1).standing().receipt();
    Charge unknown = new Charge(List.of(new Subject(limit("a", 5, 100), client + "-other")), 1);
    giveBack(new Return(unknown, 1, receipt));
    Grant grant = settle(unknown, 9);
    assertThat(grant.granted()).isEqualTo(5);
  }

  @Test
  void a_demand_of_nothing_charges_nothing_and_tells_what_is_left() {
    Charge charge = charge(limit("a", 5, 100), 1);
    settle(charge, 2);
    Grant grant = settle(charge, 0);
    assertThat(grant.granted()).isZero();
    assertThat(grant.left(0)).isEqualTo(3);
    assertThat(settle(charge, 9).granted()).isEqualTo(3);
  }

  /** So much, in the windows that are open now, so many windows earlier. */
  private Hit hit(Charge charge, long day, long daysAgo, long month) {
    long[] now = settle(charge(limit("clock", 5, 100), 1), 1).standing().receipt().windows();
    return new Hit(
        charge.subjects().get(0),
        new long[] {now[0] - daysAgo, now[1]},
        new long[] {day, month},
        new long[2]);
  }

  private void charge(Hit... hits) {
    try {
      assertThat(
              store()
                  .charge(List.of(hits))
                  .toCompletionStage()
                  .toCompletableFuture()
                  .get(5, TimeUnit.SECONDS))
          .isEqualTo(Charged.ALL);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void what_passed_without_the_store_is_charged_even_beyond_a_quota() {
    Charge charge = charge(limit("a", 5, 100), 1);
    settle(charge, 3);
    charge(hit(charge, 4, 0, 6));
    Grant grant = settle(charge, 1);
    assertThat(grant.granted()).isZero();
    assertThat(grant.left(0)).isZero();
    assertThat(grant.left(1)).isEqualTo(91);
    assertThat(settle(charge(limit("a", 8, 100), 1), 9).granted()).isEqualTo(1);
  }

  @Test
  void a_client_that_the_store_does_not_know_is_charged_too() {
    Charge charge = charge(limit("a", 5, 100), 1);
    charge(hit(charge, 2, 0, 2));
    Grant grant = settle(charge, 9);
    assertThat(grant.granted()).isEqualTo(3);
    assertThat(grant.left(1)).isEqualTo(95);
  }

  @Test
  void windows_that_are_over_are_not_charged() {
    Charge charge = charge(limit("a", 5, 100), 1);
    settle(charge, 1);
    charge(hit(charge, 4, 1, 4));
    Grant grant = settle(charge, 9);
    assertThat(grant.granted()).isEqualTo(4);
    assertThat(grant.left(1)).isEqualTo(91);
  }

  @Test
  void a_batch_that_is_asked_for_after_hits_comes_after_them() {
    Charge charge = charge(limit("a", 500, 1_000), 1);
    Hit hit = hit(charge, 100, 0, 100);
    for (int i = 1; i <= 5; i++) {
      var charged = store().charge(List.of(hit));
      assertThat(settle(charge, 0).left(0)).isEqualTo(500 - 100L * i);
      assertThat(charged.isComplete()).isTrue();
    }
  }
}
