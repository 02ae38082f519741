package io.apitwo.decide;

import static io.apitwo.decide.Grants.MILLI;
import static io.apitwo.decide.Grants.SECOND;
import static io.apitwo.decide.Grants.charge;
import static io.apitwo.decide.Grants.grant;
import static io.apitwo.decide.Grants.receipt;
import static io.apitwo.decide.Grants.standing;
import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.limit.Accuracy;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Decision;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Receipt;
import io.apitwo.limit.Return;
import io.apitwo.limit.Standing;
import io.apitwo.limit.Subject;
import io.apitwo.telemetry.DecisionMeter;
import java.util.List;
import org.junit.jupiter.api.Test;

class LocalDecisionsTest {
  private static final Charge X = charge("x");

  private final LocalDecisions local = new LocalDecisions(100, DecisionMeter.NONE);

  /** A client that comes more than once in a while. */
  private void frequent() {
    local.answered(X, 1, grant(1, 0, 500), 0);
    local.answered(X, 1, grant(1, 0, 500), 0);
  }

  private int spend(Charge charge, int times, long nowNanos) {
    int passed = 0;
    for (int i = 0; i < times; i++) {
      Decision decision = local.decide(charge, nowNanos);
      passed += decision != null && decision.allowed() ? 1 : 0;
    }
    return passed;
  }

  private void assertReturned(Return... returns) {
    assertThat(local.takeReturns())
        .usingRecursiveFieldByFieldElementComparator()
        .containsExactly(returns);
    assertThat(local.takeReturns()).isEmpty();
  }

  @Test
  void what_is_not_known_must_be_asked_for() {
    assertThat(local.decide(X, 0)).isNull();
  }

  @Test
  void a_lease_is_spent_without_asking_and_not_beyond_its_end() {
    local.answered(X, 1, grant(1, 3, 500), 0);
    assertThat(spend(X, 10, MILLI)).isEqualTo(3);
    assertThat(local.decide(X, MILLI)).isNull();
    local.sweep(10 * SECOND);
    assertThat(local.takeReturns()).isEmpty();
  }

  @Test
  void a_client_is_told_what_is_left_with_the_lease_that_is_unspent() {
    local.answered(X, 1, grant(1, 3, 500), 0);
    assertThat(local.decide(X, 0).left(0)).isEqualTo(502);
    assertThat(local.decide(X, 0).left(0)).isEqualTo(501);
    assertThat(local.decide(X, 0).left(0)).isEqualTo(500);
  }

  @Test
  void what_is_refunded_while_its_lease_lasts_can_be_spent_once_more() {
    local.answered(X, 1, grant(1, 3, 500), 0);
    Decision spent = local.decide(X, 0);
    assertThat(local.putBack(spent, MILLI)).isTrue();
    assertThat(spend(X, 10, 2 * MILLI)).isEqualTo(3);
    assertThat(local.putBack(spent, 3 * MILLI)).isFalse(); // there is no lease any more
    assertThat(local.decide(X, 3 * MILLI)).isNull();
  }

  @Test
  void what_was_charged_in_another_window_is_not_put_back_to_a_lease() {
    local.answered(X, 1, grant(1, 3, 500), 0);
    Decision spent = local.decide(X, 0);
    local.sweep(SECOND);
    local.takeReturns();
    Standing next = new Standing(new long[] {500}, new long[] {1_000}, SECOND, 0, receipt(2));
    local.answered(X, 1, new Grant(1, 3, next), SECOND);
    assertThat(local.putBack(spent, SECOND + MILLI)).isFalse();
    assertThat(spend(X, 10, SECOND + MILLI)).isEqualTo(3);
  }

  @Test
  void a_refusal_is_soon_doubted_where_requests_may_be_refunded() {
    Subject subject = X.subjects().get(0);
    Charge refunding =
        new Charge(List.of(new Subject(subject.limit().refunding(), subject.client())), 1);
    Standing full = new Standing(new long[] {0}, new long[] {60_000}, 0, 0, receipt(1));
    for (long now : List.of(0L, 2 * SECOND, 4 * SECOND)) { // also when it has held for long
      local.answered(refunding, 1, new Grant(0, 0, full), now);
      assertThat(local.decide(refunding, now + 99 * MILLI).allowed()).isFalse();
      assertThat(local.decide(refunding, now + 100 * MILLI)).isNull();
    }
  }

  @Test
  void a_paused_process_does_not_spend_in_the_next_window() {
    local.answered(X, 1, grant(1, 3, 500), 0);
    assertThat(local.decide(X, SECOND - MILLI - 1)).isNotNull();
    assertThat(local.decide(X, SECOND - MILLI)).isNull();
  }

  @Test
  void a_lease_that_its_window_ended_goes_back_for_the_longer_ones() {
    local.answered(X, 1, grant(1, 3, 500), 0);
    local.sweep(SECOND);
    assertReturned(new Return(X, 3, receipt(1)));
    assertThat(local.decide(X, MILLI)).isNull();
  }

  @Test
  void the_lease_of_a_client_that_fell_silent_goes_back_once_and_can_not_be_spent_then() {
    frequent();
    for (int i = 1; i <= 30; i++) {
      local.decide(X, i * 10 * MILLI);
    }
    Standing minute = new Standing(new long[] {500}, new long[] {60_000}, 0, 0, receipt(1));
    local.answered(X, 1, new Grant(1, 3, minute), 300 * MILLI);
    local.decide(X, 310 * MILLI);
    local.sweep(810 * MILLI);
    assertThat(local.takeReturns()).isEmpty();
    local.sweep(811 * MILLI);
    assertReturned(new Return(X, 2, receipt(1)));
    assertThat(local.decide(X, 811 * MILLI)).isNull();
    local.sweep(900 * MILLI);
    assertThat(local.takeReturns()).isEmpty();
  }

  @Test
  void a_client_that_asks_now_and_then_keeps_its_lease_between_two_requests() {
    frequent();
    local.decide(X, 300 * MILLI);
    assertThat(local.wish(X)).isZero();
    local.decide(X, 1_200 * MILLI);
    assertThat(local.wish(X)).isEqualTo(4);
    Standing minute = new Standing(new long[] {500}, new long[] {60_000}, 0, 0, receipt(1));
    local.answered(X, 1, new Grant(1, 4, minute), 1_200 * MILLI);
    local.sweep(2_400 * MILLI);
    assertThat(local.decide(X, 2_400 * MILLI)).isNotNull();
    assertThat(local.takeReturns()).isEmpty();
  }

  @Test
  void a_lease_that_is_spent_too_slowly_goes_back() {
    Standing longWindow = new Standing(new long[] {500}, new long[] {60_000}, 0, 0, receipt(1));
    local.answered(X, 1, new Grant(1, 100, longWindow), 0);
    for (int i = 1; i <= 20; i++) {
      assertThat(local.decide(X, i * 100 * MILLI)).isNotNull();
      local.sweep(i * 100 * MILLI);
    }
    assertThat(local.takeReturns()).isEmpty();
    local.sweep(2_001 * MILLI);
    assertReturned(new Return(X, 80, receipt(1)));
  }

  @Test
  void a_second_lease_of_the_same_window_joins_the_first_and_one_of_another_replaces_it() {
    local.answered(X, 1, grant(1, 3, 500), 0);
    local.answered(X, 1, grant(1, 4, 490), 0);
    assertThat(local.takeReturns()).isEmpty();
    Standing next = new Standing(new long[] {900}, new long[] {1_000}, 0, 0, receipt(2));
    local.answered(X, 1, new Grant(1, 5, next), 0);
    assertReturned(new Return(X, 7, receipt(1)));
    assertThat(spend(X, 10, 0)).isEqualTo(5);
  }

  /** Asks 100 times a second, so that it is worth leases of 100. */
  private Standing busy() {
    frequent();
    for (int i = 1; i <= 30; i++) {
      local.decide(X, i * 10 * MILLI);
    }
    return new Standing(new long[] {5_000}, new long[] {60_000}, 0, 0, receipt(1));
  }

  @Test
  void a_lease_that_is_nearly_spent_is_topped_up_once_before_anybody_must_wait() {
    Standing minute = busy();
    assertThat(local.wish(X)).isEqualTo(100);
    local.answered(X, 1, new Grant(1, 100, minute), 300 * MILLI);
    assertThat(spend(X, 87, 300 * MILLI)).isEqualTo(87);
    assertThat(local.takeLow()).isEmpty();
    assertThat(spend(X, 5, 300 * MILLI)).isEqualTo(5);
    assertThat(local.takeLow()).containsExactly(X);
    assertThat(local.takeLow()).isEmpty();
    assertThat(local.wish(X)).isEqualTo(92);
    local.answered(X, 0, new Grant(0, 92, minute), 310 * MILLI);
    assertThat(spend(X, 200, 310 * MILLI)).isEqualTo(100);
    assertThat(local.takeLow()).containsExactly(X);
  }

  @Test
  void who_was_granted_less_than_wished_for_does_not_hold_more_by_asking_again() {
    Standing minute = busy();
    assertThat(local.wish(X)).isEqualTo(100);
    local.answered(X, 1, new Grant(1, 20, minute), 300 * MILLI);
    assertThat(spend(X, 18, 300 * MILLI)).isEqualTo(18);
    assertThat(local.takeLow()).containsExactly(X);
    assertThat(local.wish(X)).isEqualTo(18);
  }

  @Test
  void where_nothing_more_is_leased_nobody_asks_again_before_the_lease_is_spent() {
    Standing minute = busy();
    assertThat(local.wish(X)).isEqualTo(100);
    local.answered(X, 1, new Grant(1, 100, minute), 300 * MILLI);
    spend(X, 90, 300 * MILLI);
    assertThat(local.takeLow()).containsExactly(X);
    assertThat(local.wish(X)).isEqualTo(90);
    local.answered(X, 0, new Grant(0, 0, minute), 310 * MILLI);
    assertThat(spend(X, 50, 310 * MILLI)).isEqualTo(10);
    assertThat(local.takeLow()).isEmpty();
  }

  private static Grant refused(long askedNanos, long resetMillis) {
    Standing standing =
        new Standing(new long[] {0}, new long[] {resetMillis}, askedNanos, 0, receipt(1));
    return new Grant(0, 0, standing);
  }

  @Test
  void a_refusal_is_remembered_but_not_beyond_the_window() {
    local.answered(X, 2, grant(1, 0, 0), 0);
    Decision refused = local.decide(X, SECOND - 1);
    assertThat(refused.allowed()).isFalse();
    assertThat(refused.violated(0)).isTrue();
    assertThat(refused.resetSeconds(0)).isEqualTo(1);
    assertThat(local.decide(X, SECOND)).isNull();
  }

  @Test
  void a_first_refusal_is_believed_for_a_second_and_one_that_holds_until_the_window_ends() {
    local.answered(X, 1, refused(0, 60_000), 0);
    local.answered(X, 1, refused(0, 60_000), 500 * MILLI);
    assertThat(local.decide(X, SECOND - 1)).isNotNull();
    assertThat(local.decide(X, SECOND)).isNull();
    local.answered(X, 1, refused(SECOND, 59_000), SECOND);
    assertThat(local.decide(X, 60 * SECOND - 1)).isNotNull();
    assertThat(local.decide(X, 60 * SECOND)).isNull();
    local.answered(X, 1, refused(60 * SECOND, 60_000), 60 * SECOND);
    assertThat(local.decide(X, 61 * SECOND)).isNull();
  }

  @Test
  void while_quota_may_come_back_a_refusal_is_doubted_soon() {
    local.answered(X, 2, new Grant(1, 0, standing(0, 0, 900)), 0);
    assertThat(local.decide(X, 99 * MILLI)).isNotNull();
    assertThat(local.decide(X, 100 * MILLI)).isNull();
  }

  private static Grant refusedLocally(long nowNanos) {
    Receipt receipt = new Receipt(Receipt.LOCAL, new long[] {7}, new long[] {1});
    long[] reset = {60_000};
    return new Grant(0, 0, new Standing(new long[] {0}, reset, nowNanos, 0, receipt));
  }

  @Test
  void what_the_node_refuses_without_the_store_is_believed_for_a_moment_each_time() {
    for (long now = 0; now < 3 * SECOND; now += 100 * MILLI) {
      assertThat(local.decide(X, now)).isNull();
      local.answered(X, 1, refusedLocally(now), now);
      assertThat(local.decide(X, now + 100 * MILLI - 1).isDegraded()).isTrue();
    }
    local.answered(X, 1, refused(3 * SECOND, 60_000), 3 * SECOND);
    assertThat(local.decide(X, 4 * SECOND - 1)).isNotNull();
    assertThat(local.decide(X, 4 * SECOND)).isNull();
  }

  @Test
  void a_grant_ends_the_memory_of_a_refusal() {
    local.answered(X, 2, grant(1, 0, 0), 0);
    local.answered(X, 1, grant(1, 0, 5), 1);
    assertThat(local.decide(X, 2)).isNull();
  }

  @Test
  void a_refusal_of_a_large_cost_does_not_block_a_small_one() {
    Charge ten = new Charge(X.subjects(), 10);
    local.answered(ten, 1, grant(0, 0, 5), 0);
    assertThat(local.decide(ten, 0).allowed()).isFalse();
    assertThat(local.decide(X, 0)).isNull();
  }

  @Test
  void a_changed_limit_starts_without_memory_and_an_unchanged_one_keeps_it() {
    local.answered(X, 2, grant(1, 0, 0), 0);
    assertThat(local.decide(charge("x", 2_000, Accuracy.EXACT), 0)).isNull();
    assertThat(local.decide(charge("x"), 0)).isNotNull();
  }

  @Test
  void leases_of_changed_limits_go_back_unspent() {
    Charge y = charge("y");
    local.answered(X, 1, grant(1, 3, 500), 0);
    local.answered(y, 1, grant(1, 4, 500), 0);
    local.keepOnly(y::equals);
    assertReturned(new Return(X, 3, receipt(1)));
    assertThat(local.decide(X, 0)).isNull();
    assertThat(spend(y, 9, 0)).isEqualTo(4);
  }

  @Test
  void a_burst_wishes_for_nothing_and_a_steady_rate_for_a_second_of_it() {
    frequent();
    for (int i = 0; i < 200; i++) {
      local.decide(X, MILLI);
    }
    assertThat(local.wish(X)).isZero();
    for (int i = 2; i <= 250; i++) {
      local.decide(X, i * MILLI);
    }
    assertThat(local.wish(X)).isEqualTo((201 + 249 - 1) * 4);
  }

  @Test
  void one_wish_is_under_way_at_a_time() {
    frequent();
    for (int i = 0; i <= 250; i++) {
      local.decide(X, i * MILLI);
    }
    assertThat(local.wish(X)).isPositive();
    assertThat(local.wish(X)).isZero();
    local.answered(X, 0, null, 251 * MILLI);
    assertThat(local.wish(X)).isPositive();
  }

  @Test
  void a_strict_charge_is_always_asked_for() {
    Charge strict = charge("x", 1_000, Accuracy.STRICT);
    for (int i = 0; i < 300; i++) {
      local.answered(strict, 2, grant(1, 0, 0), i * MILLI);
      assertThat(local.decide(strict, i * MILLI)).isNull();
    }
    assertThat(local.wish(strict)).isZero();
  }

  @Test
  void memory_is_bounded_and_no_lease_is_forgotten() {
    local.answered(X, 1, grant(1, 3, 500), 0);
    for (int i = 0; i < 10_000; i++) {
      local.answered(charge("c" + i), 1, grant(0, 0, 0), i);
    }
    assertThat(local.size()).isLessThanOrEqualTo(100);
    assertThat(spend(X, 9, 20_000)).isEqualTo(3);
  }

  @Test
  void clients_that_come_once_in_a_while_take_no_room() {
    for (int i = 0; i < 50; i++) {
      local.answered(charge("c" + i), 1, grant(1, 0, 500), 0);
      local.answered(charge("c" + i), 1, grant(1, 0, 500), 10 * SECOND);
    }
    assertThat(local.size()).isZero();
    frequent();
    assertThat(local.size()).isEqualTo(1);
  }

  @Test
  void a_lease_that_finds_no_room_goes_back() {
    for (int i = 0; i < 100; i++) {
      local.answered(charge("c" + i), 1, grant(1, 1, 500), 0);
    }
    assertThat(local.takeReturns()).isEmpty();
    local.answered(X, 1, grant(1, 5, 500), 0);
    assertReturned(new Return(X, 5, receipt(1)));
  }

  @Test
  void a_late_grant_goes_back() {
    local.giveBack(X, 3, grant(2, 1, 500).standing());
    local.giveBack(X, 0, grant(0, 0, 500).standing());
    assertReturned(new Return(X, 3, receipt(1)));
  }
}
