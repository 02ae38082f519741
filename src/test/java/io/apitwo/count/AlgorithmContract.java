package io.apitwo.count;

import static io.apitwo.limit.Algorithm.CONCURRENCY;
import static io.apitwo.limit.Algorithm.FIXED;
import static io.apitwo.limit.Algorithm.SLIDING;
import static io.apitwo.limit.Algorithm.TOKEN_BUCKET;
import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.limit.Accuracy;
import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Charge;
import io.apitwo.limit.ConcurrencyQuota;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Hit;
import io.apitwo.limit.Limit;
import io.apitwo.limit.OnStoreFailure;
import io.apitwo.limit.Quota;
import io.apitwo.limit.RateQuota;
import io.apitwo.limit.Receipt;
import io.apitwo.limit.Return;
import io.apitwo.limit.Standing;
import io.apitwo.limit.Subject;
import io.apitwo.limit.Window;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * What every counter store must do with sliding windows, token buckets, concurrency, and mixtures
 * of all. Rates are of one a day, so that nothing comes back on the way.
 */
abstract class AlgorithmContract {
  final String client = "client-" + UUID.randomUUID();

  /** The store under test, ready for use. */
  abstract CounterStore store();

  /** Whether what is given back can be used again; else it is written off. */
  boolean takesBack() {
    return true;
  }

  List<Grant> settle(Demand... demands) {
    try {
      return store()
          .settle(List.of(demands))
          .toCompletionStage()
          .toCompletableFuture()
          .get(5, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  void giveBack(Return... returns) {
    try {
      store()
          .giveBack(List.of(returns))
          .toCompletionStage()
          .toCompletableFuture()
          .get(5, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  final Grant settle(Charge charge, int count) {
    return settle(new Demand(charge, count)).get(0);
  }

  static Limit limit(String name, long day, long month) {
    return new Limit(name, List.of(Quota.of(Window.DAY, day), Quota.of(Window.MONTH, month)));
  }

  final Charge charge(Limit limit, long cost) {
    return new Charge(List.of(new Subject(limit, client)), cost);
  }

  private Limit sliding(String name, long day, long month) {
    return of(name, SLIDING, Quota.of(Window.DAY, day), Quota.of(Window.MONTH, month));
  }

  private Limit tokens(String name, long burst) {
    return of(name, TOKEN_BUCKET, new RateQuota(1, 86_400_000_000L, burst));
  }

  private Limit concurrency(String name, long max) {
    return of(name, CONCURRENCY, new ConcurrencyQuota(max));
  }

  private Limit of(String name, Algorithm algorithm, Quota... quotas) {
    return Limit.of(name, algorithm, quotas);
  }

  /** One limit of each algorithm; the one that is named has five left, the others a hundred. */
  private Charge ofAll(String name, Algorithm narrow, long cost) {
    List<Limit> limits =
        List.of(
            limit(name + "-f", narrow == FIXED ? 5 : 100, 1_000),
            sliding(name + "-s", narrow == SLIDING ? 5 : 100, 1_000),
            tokens(name + "-t", narrow == TOKEN_BUCKET ? 5 : 100),
            concurrency(name + "-c", narrow == CONCURRENCY ? 5 : 100));
    return new Charge(limits.stream().map(each -> new Subject(each, client)).toList(), cost);
  }

  private Return ended(Charge charge, long count, Grant grant) {
    return new Return(charge, count, grant.standing().receipt(), true);
  }

  private Return unused(Charge charge, long count, Grant grant) {
    return new Return(charge, count, grant.standing().receipt());
  }

  private List<Charge> ofEach(long five) {
    return List.of(
        charge(sliding("s", five, 1_000), 1),
        charge(tokens("t", five), 1),
        charge(concurrency("c", five), 1));
  }

  @Test
  void as_many_pass_as_fit_whatever_the_algorithm() {
    for (Charge charge : ofEach(5)) {
      Grant grant = settle(charge, 8);
      assertThat(grant.granted()).isEqualTo(5);
      assertThat(grant.left(0)).isZero();
      Grant refused = settle(charge, 1);
      assertThat(refused.granted()).isZero();
      assertThat(refused.decision(charge, 0, System.nanoTime()).violated(0)).isTrue();
    }
  }

  @Test
  void a_cost_is_charged_whole_whatever_the_algorithm() {
    for (Charge one : ofEach(25)) {
      Charge ten = new Charge(one.subjects(), 10);
      assertThat(settle(ten, 3).granted()).isEqualTo(2);
      assertThat(settle(one, 1).left(0)).isEqualTo(4);
    }
  }

  @Test
  void a_charge_of_all_algorithms_passes_whole_or_not_at_all() {
    for (Algorithm narrow : Algorithm.values()) {
      Charge charge = ofAll("mix-" + narrow.word(), narrow, 2);
      assertThat(settle(charge, 9).granted()).isEqualTo(2);
      Grant refused = settle(charge, 1);
      assertThat(refused.granted()).isZero();
      int bucket = 0;
      for (Subject subject : charge.subjects()) {
        long quota = subject.limit().quotas().get(0).amount();
        assertThat(refused.left(bucket)).isEqualTo(quota - 4);
        bucket += subject.limit().quotas().size();
      }
      assertThat(bucket).isEqualTo(6);
    }
  }

  @Test
  void a_large_cost_that_does_not_fit_does_not_block_smaller_ones_whatever_the_algorithm() {
    for (Charge one : ofEach(10)) {
      List<Grant> grants =
          settle(
              new Demand(new Charge(one.subjects(), 8), 1),
              new Demand(new Charge(one.subjects(), 5), 1),
              new Demand(new Charge(one.subjects(), 2), 1));
      assertThat(grants).extracting(Grant::granted).containsExactly(1, 0, 1);
    }
  }

  @Test
  void an_ended_request_gives_its_permits_back_and_nothing_else() {
    Charge charge = ofAll("ended", CONCURRENCY, 1);
    Grant grant = settle(charge, 5);
    giveBack(ended(charge, 3, grant));
    Grant after = settle(charge, 9);
    assertThat(after.granted()).isEqualTo(3);
    assertThat(after.standing().left()).containsExactly(92, 992, 92, 992, 92, 0);
  }

  @Test
  void an_unused_grant_gives_back_permits_and_fixed_counts_and_nothing_else() {
    Charge charge = ofAll("unused", CONCURRENCY, 1);
    Grant grant = settle(charge, 5);
    giveBack(unused(charge, 3, grant));
    Grant after = settle(charge, 9);
    assertThat(after.granted()).isEqualTo(3);
    long fixed = takesBack() ? 95 : 92;
    assertThat(after.standing().left()).containsExactly(fixed, fixed + 900, 92, 992, 92, 0);
  }

  @Test
  void permits_that_are_given_back_for_one_client_are_nobody_elses() {
    Charge mine = charge(concurrency("c", 2), 1);
    Charge other = new Charge(List.of(new Subject(concurrency("c", 2), client + "2")), 1);
    Grant grant = settle(mine, 2);
    settle(other, 2);
    giveBack(ended(mine, 1, grant));
    assertThat(settle(other, 1).granted()).isZero();
    assertThat(settle(mine, 2).granted()).isEqualTo(1);
  }

  @Test
  void more_permits_than_are_held_cannot_be_given_back() {
    Charge charge = charge(concurrency("c", 5), 1);
    Grant grant = settle(charge, 2);
    giveBack(ended(charge, 100, grant));
    assertThat(settle(charge, 9).granted()).isEqualTo(5);
  }

  @Test
  void permits_come_and_go_any_number_of_times() {
    Charge charge = charge(concurrency("c", 3), 1);
    for (int i = 0; i < 50; i++) {
      Grant grant = settle(charge, 4);
      assertThat(grant.granted()).isEqualTo(3);
      giveBack(ended(charge, 1, grant), ended(charge, 2, grant));
    }
  }

  @Test
  void a_limit_that_changes_its_algorithm_counts_anew_and_finds_its_old_count_again() {
    Limit fixed = limit("same", 5, 1_000);
    List<Limit> others =
        List.of(sliding("same", 5, 1_000), tokens("same", 5), concurrency("same", 5));
    settle(charge(fixed, 1), 4);
    for (Limit other : others) {
      assertThat(settle(charge(other, 1), 9).granted()).isEqualTo(5);
    }
    assertThat(settle(charge(fixed, 1), 9).granted()).isEqualTo(1);
    for (Limit other : others) {
      assertThat(settle(charge(other, 1), 1).granted()).isZero();
    }
  }

  @Test
  void a_changed_quota_counts_at_once_and_keeps_the_count_whatever_the_algorithm() {
    ofEach(5).forEach(charge -> settle(charge, 5));
    ofEach(7).forEach(charge -> assertThat(settle(charge, 5).granted()).isEqualTo(2));
    ofEach(4)
        .forEach(
            charge -> {
              Grant lowered = settle(charge, 1);
              assertThat(lowered.granted()).isZero();
              assertThat(lowered.left(0)).isZero();
            });
  }

  @Test
  void a_changed_rate_keeps_what_is_owed() {
    settle(charge(tokens("t", 5), 1), 4);
    Limit slower = of("t", TOKEN_BUCKET, new RateQuota(2, 7 * 86_400_000_000L, 5));
    assertThat(settle(charge(slower, 1), 9).granted()).isEqualTo(1);
    assertThat(settle(charge(tokens("t", 5), 1), 1).granted()).isZero();
  }

  @Test
  void what_cannot_be_leased_is_not() {
    List<Charge> charges = new ArrayList<>(ofEach(50_000));
    charges.add(ofAll("lease", FIXED, 1));
    for (Charge charge : charges) {
      Grant grant = settle(new Demand(charge, 1, 1_000)).get(0);
      assertThat(grant.granted()).isEqualTo(1);
      assertThat(grant.leased()).isZero();
    }
  }

  @Test
  void a_refusal_says_when_to_come_again() {
    long day = 86_400_000;
    for (Algorithm narrow : Algorithm.values()) {
      Charge charge = ofAll("wait-" + narrow.word(), narrow, 1);
      settle(charge, 5);
      Standing refused = settle(charge, 1).standing();
      switch (narrow) {
        case FIXED ->
            assertThat(refused.retryMillis()[0])
                .isEqualTo(refused.resetMillis()[0])
                .isBetween(1L, day);
        case SLIDING -> assertThat(refused.retryMillis()[2]).isBetween(1L, 2 * day);
        case TOKEN_BUCKET -> assertThat(refused.retryMillis()[4]).isBetween(day - 60_000, day);
        case CONCURRENCY -> assertThat(refused.retryMillis()[5]).isZero();
      }
    }
  }

  @Test
  void a_reset_lies_ahead_whatever_the_algorithm_and_permits_have_none() {
    Standing standing = settle(ofAll("reset", FIXED, 1), 1).standing();
    assertThat(standing.resetMillis()[2]).isBetween(1L, 86_400_000L);
    assertThat(standing.resetMillis()[3]).isBetween(1L, 31 * 86_400_000L);
    assertThat(standing.resetMillis()[4]).isBetween(86_400_000L - 60_000, 86_400_000L);
    assertThat(standing.resetMillis()[5]).isZero();
  }

  @Test
  void only_windows_have_numbers() {
    long[] windows = settle(ofAll("numbers", FIXED, 1), 1).standing().receipt().windows();
    assertThat(windows[2]).isEqualTo(windows[0]).isPositive();
    assertThat(windows[3]).isEqualTo(windows[1]).isPositive();
    assertThat(windows[4]).isEqualTo(Receipt.NO_WINDOW);
    assertThat(windows[5]).isEqualTo(Receipt.NO_WINDOW);
  }

  @Test
  void phased_windows_end_earlier_by_the_clients_phase() {
    for (Algorithm algorithm : List.of(FIXED, SLIDING)) {
      List<Quota> quotas = List.of(Quota.of(Window.DAY, 5), Quota.of(Window.MONTH, 5));
      Limit calendar = Limit.of("calendar", algorithm, quotas.toArray(Quota[]::new));
      Limit phased =
          new Limit("phased", algorithm, quotas, Accuracy.EXACT, OnStoreFailure.LOCAL, true);
      Charge both =
          new Charge(List.of(new Subject(calendar, client), new Subject(phased, client)), 1);
      Standing standing = settle(both, 1).standing();
      long[] windows = standing.receipt().windows();
      long[] reset = standing.resetMillis();
      long shift = phased.shiftMillis(Window.DAY, client);
      long day = 86_400_000;
      assertThat(reset[2]).isEqualTo(reset[0] - shift + (reset[0] > shift ? 0 : day));
      assertThat(windows[2]).isEqualTo(windows[0] + (reset[0] > shift ? 0 : 1));
      assertThat(settle(charge(phased, 1), 9).granted()).isEqualTo(4);
    }
  }

  private void charge(Subject subject, long[] windows, long amount) {
    long[] amounts = new long[windows.length];
    Arrays.fill(amounts, amount);
    Hit hit = new Hit(subject, windows, amounts, new long[windows.length]);
    try {
      assertThat(
              store()
                  .charge(List.of(hit))
                  .toCompletionStage()
                  .toCompletableFuture()
                  .get(5, TimeUnit.SECONDS))
          .isEqualTo(Charged.ALL);
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  private static List<Limit> late() {
    List<Quota> windows = List.of(Quota.of(Window.DAY, 10), Quota.of(Window.MONTH, 20));
    return List.of(
        new Limit("late-s", SLIDING, windows, Accuracy.EXACT, OnStoreFailure.LOCAL, false),
        new Limit("late-sp", SLIDING, windows, Accuracy.EXACT, OnStoreFailure.LOCAL, true),
        new Limit("late-p", FIXED, windows, Accuracy.EXACT, OnStoreFailure.LOCAL, true),
        Limit.of("late-t", TOKEN_BUCKET, new RateQuota(1, 86_400_000_000L, 10)));
  }

  @Test
  void what_passed_without_the_store_is_charged_afterwards() {
    for (Limit limit : late()) {
      Charge charge = charge(limit, 1);
      long[] windows = settle(charge, 1).standing().receipt().windows();
      charge(charge.subjects().get(0), windows, 4);
      assertThat(settle(charge, 10).granted()).as(limit.name()).isEqualTo(5);
      charge(charge.subjects().get(0), windows, 1_000);
      assertThat(settle(charge, 1).granted()).as(limit.name()).isZero();
    }
  }

  @Test
  void what_passed_in_another_window_of_a_phase_is_not_charged() {
    Charge charge = charge(late().get(2), 1);
    long[] before = settle(charge, 1).standing().receipt().windows().clone();
    for (int i = 0; i < before.length; i++) {
      before[i]--;
    }
    charge(charge.subjects().get(0), before, 9);
    assertThat(settle(charge, 20).granted()).isEqualTo(takesBack() ? 9 : 0);
  }
}
