package io.apitwo.decide;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.limit.Accuracy;
import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Charge;
import io.apitwo.limit.ConcurrencyQuota;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Limit;
import io.apitwo.limit.OnStoreFailure;
import io.apitwo.limit.Quota;
import io.apitwo.limit.RateQuota;
import io.apitwo.limit.Receipt;
import io.apitwo.limit.Return;
import io.apitwo.limit.Standing;
import io.apitwo.limit.Subject;
import io.apitwo.limit.Window;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class LocalShareTest {
  private Instant now = Instant.parse("2025-06-29T15:38:59Z");
  private final LocalShare share = new LocalShare(() -> now, () -> 0, 100_000);

  private static Limit limit(String name, OnStoreFailure onStoreFailure, Quota... quotas) {
    return new Limit(name, Algorithm.FIXED, List.of(quotas), Accuracy.EXACT, onStoreFailure, false);
  }

  private static Charge charge(Limit... limits) {
    return new Charge(List.of(limits).stream().map(each -> new Subject(each, "c")).toList(), 1);
  }

  private static final Limit TEN =
      limit("ten", OnStoreFailure.LOCAL, Quota.of(Window.MINUTE, 10), Quota.of(Window.HOUR, 40));

  private int decide(Charge charge, int nodes) {
    return share.decide(charge, 100, nodes).granted();
  }

  private Standing told(long minuteLeft, long hourLeft) {
    long[] windows = {
      Window.MINUTE.numberAt(now.toEpochMilli()), Window.HOUR.numberAt(now.toEpochMilli())
    };
    Receipt receipt = new Receipt(1, new long[] {1}, windows);
    return new Standing(
        new long[] {minuteLeft, hourLeft}, new long[] {1_000, 2_000}, 0, 0, receipt);
  }

  @Test
  void the_share_is_the_limit_by_nodes_and_at_least_one() {
    assertThat(decide(charge(TEN), 3)).isEqualTo(3);
    Limit two = limit("two", OnStoreFailure.LOCAL, Quota.of(Window.MINUTE, 2));
    assertThat(decide(charge(two), 5)).isEqualTo(1);
  }

  @Test
  void what_costs_more_than_the_share_is_told_to_wait_for_the_end_of_the_window() {
    Charge five = new Charge(charge(TEN).subjects(), 5);
    Grant refused = share.decide(five, 1, 3);
    assertThat(refused.granted()).isZero();
    assertThat(refused.standing().retryMillis()[0]).isEqualTo(1_000);
    assertThat(share.decide(five, 1, 2).granted()).isEqualTo(1);
  }

  @Test
  void what_is_allowed_without_the_store_is_allowed_for_every_algorithm() {
    List<Quota> windows = List.of(Quota.of(Window.MINUTE, 1), Quota.of(Window.HOUR, 2));
    OnStoreFailure allow = OnStoreFailure.ALLOW;
    Charge all =
        charge(
            new Limit("s", Algorithm.SLIDING, windows, Accuracy.EXACT, allow, false),
            new Limit("p", Algorithm.FIXED, windows, Accuracy.EXACT, allow, true),
            new Limit(
                "t",
                Algorithm.TOKEN_BUCKET,
                List.of(new RateQuota(1, 1_000_000, 1)),
                Accuracy.EXACT,
                allow,
                false),
            new Limit(
                "c",
                Algorithm.CONCURRENCY,
                List.of(new ConcurrencyQuota(1)),
                Accuracy.EXACT,
                allow,
                false));
    assertThat(decide(all, 2)).isEqualTo(100);
    assertThat(share.decide(all, 1, 2).standing().left()).containsExactly(1, 2, 1, 2, 1, 1);
  }

  @Test
  void more_nodes_make_the_share_smaller_at_once() {
    assertThat(share.decide(charge(TEN), 3, 2).granted()).isEqualTo(3);
    assertThat(decide(charge(TEN), 5)).isZero();
    assertThat(decide(charge(TEN), 2)).isEqualTo(2);
  }

  @Test
  void what_was_left_is_shared_where_it_was_less_than_half_in_any_window() {
    share.noteLeft(charge(TEN), told(10, 6));
    assertThat(decide(charge(TEN), 2)).isEqualTo(3);
  }

  @Test
  void what_was_left_of_a_window_that_is_over_says_nothing() {
    share.noteLeft(charge(TEN), told(0, 40));
    now = now.plusSeconds(1);
    assertThat(decide(charge(TEN), 2)).isEqualTo(5);
  }

  @Test
  void what_was_left_is_remembered_for_those_who_came_last() {
    for (int i = 0; i < 40_000; i++) {
      Charge each = new Charge(List.of(new Subject(TEN, "c" + i)), 1);
      share.noteLeft(each, told(2, 30));
    }
    assertThat(decide(new Charge(List.of(new Subject(TEN, "c0")), 1), 2)).isEqualTo(5);
    assertThat(decide(new Charge(List.of(new Subject(TEN, "c39999")), 1), 2)).isEqualTo(1);
  }

  @Test
  void limits_that_are_kept_locally_are_decided_together_and_those_that_allow_are_ignored() {
    Limit four = limit("four", OnStoreFailure.LOCAL, Quota.of(Window.MINUTE, 4));
    Limit one = limit("one", OnStoreFailure.ALLOW, Quota.of(Window.MINUTE, 1));
    Grant grant = share.decide(charge(TEN, one, four), 100, 2);
    assertThat(grant.granted()).isEqualTo(2);
    assertThat(grant.standing().left()).containsExactly(3, 18, 1, 0);
    assertThat(grant.decision(charge(TEN, one, four), 5, 0).violated(2)).isFalse();
    assertThat(decide(charge(TEN), 2)).isEqualTo(3);
  }

  @Test
  void a_clock_that_turns_out_to_be_ahead_opens_no_window_again() {
    assertThat(decide(charge(TEN), 2)).isEqualTo(5);
    now = now.plusSeconds(1);
    assertThat(decide(charge(TEN), 2)).isEqualTo(5);
    now = now.minusSeconds(1);
    assertThat(decide(charge(TEN), 2)).isZero();
    Charge other = new Charge(List.of(new Subject(TEN, "other")), 1);
    Receipt receipt = share.decide(other, 1, 2).standing().receipt();
    assertThat(receipt.windows()[0]).isEqualTo(Window.MINUTE.numberAt(now.toEpochMilli()) + 1);
  }

  @Test
  void what_goes_back_can_be_granted_again() {
    Grant grant = share.decide(charge(TEN), 5, 2);
    share.giveBack(new Return(charge(TEN), 2, grant.standing().receipt()));
    assertThat(decide(charge(TEN), 2)).isEqualTo(2);
  }
}
