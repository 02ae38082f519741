package io.apitwo.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The token bucket against arithmetic without bounds. */
class TokenBucketPropertyTest {
  private static final long START = 1_751_212_680_000_000L;
  private static final long SECOND = 1_000_000;

  record Step(long forwardMicros, long cost) {}

  record Passed(long atMicros, long cost) {}

  private static BigInteger big(long value) {
    return BigInteger.valueOf(value);
  }

  /** Runs a schedule; whatever fits passes. */
  private static List<Passed> run(RateQuota quota, List<Step> steps) {
    TokenBucket bucket = new TokenBucket();
    List<Passed> passed = new ArrayList<>();
    long now = START;
    for (Step step : steps) {
      now += step.forwardMicros;
      long cost = Math.min(step.cost, quota.burst());
      if (bucket.left(quota, now) >= cost) {
        bucket.charge(quota, cost, now);
        passed.add(new Passed(now, cost));
      }
    }
    return passed;
  }

  @Property
  void no_interval_passes_more_than_the_burst_and_what_came_back_in_it(
      @ForAll("quotas") RateQuota quota, @ForAll("steps") @Size(max = 80) List<Step> steps) {
    List<Passed> passed = run(quota, steps);
    for (int from = 0; from < passed.size(); from++) {
      BigInteger cost = BigInteger.ZERO;
      for (int to = from; to < passed.size(); to++) {
        cost = cost.add(big(passed.get(to).cost));
        BigInteger time = big(passed.get(to).atMicros - passed.get(from).atMicros);
        BigInteger most =
            big(quota.burst())
                .multiply(big(quota.periodMicros()))
                .add(big(quota.tokens()).multiply(time));
        assertThat(cost.multiply(big(quota.periodMicros()))).isLessThanOrEqualTo(most);
      }
    }
  }

  @Property
  void what_is_left_is_exact_at_every_rate(
      @ForAll("quotas") RateQuota quota, @ForAll("steps") @Size(max = 80) List<Step> steps) {
    TokenBucket bucket = new TokenBucket();
    BigInteger period = big(quota.periodMicros());
    BigInteger debt = BigInteger.ZERO; // in tokens times the period
    long now = START;
    for (Step step : steps) {
      now += step.forwardMicros;
      debt = debt.subtract(big(quota.tokens()).multiply(big(step.forwardMicros)));
      debt = debt.max(BigInteger.ZERO);
      long left = bucket.left(quota, now);
      assertThat(big(left))
          .isEqualTo(big(quota.burst()).multiply(period).subtract(debt).divide(period));
      if (left >= step.cost) {
        bucket.charge(quota, step.cost, now);
        debt = debt.add(big(step.cost).multiply(period));
      }
      assertThat(bucket.isOver(quota, now)).isEqualTo(debt.signum() == 0);
    }
  }

  @Property
  void a_cost_fits_after_its_retry_and_not_a_millisecond_earlier(
      @ForAll("quotas") RateQuota quota, @ForAll("steps") @Size(max = 80) List<Step> steps) {
    TokenBucket bucket = new TokenBucket();
    long now = START;
    for (Step step : steps) {
      now += step.forwardMicros;
      long cost = Math.min(step.cost, quota.burst());
      if (bucket.left(quota, now) >= cost) {
        bucket.charge(quota, cost, now);
        continue;
      }
      long retry = bucket.retryMillis(quota, cost, now);
      assertThat(retry).isPositive().isLessThanOrEqualTo(bucket.resetMillis(quota, now));
      if (retry > 1) {
        assertThat(later(quota, steps, now + (retry - 1) * 1_000)).isLessThan(cost);
      }
      assertThat(later(quota, steps, now + retry * 1_000)).isGreaterThanOrEqualTo(cost);
      assertThat(later(quota, steps, now + bucket.resetMillis(quota, now) * 1_000))
          .isEqualTo(quota.burst());
      return;
    }
  }

  /** What is left at an instant, when nothing passes from the first refusal on. */
  private static long later(RateQuota quota, List<Step> steps, long at) {
    TokenBucket bucket = new TokenBucket();
    long now = START;
    for (Step step : steps) {
      now += step.forwardMicros;
      long cost = Math.min(step.cost, quota.burst());
      if (bucket.left(quota, now) < cost) {
        break;
      }
      bucket.charge(quota, cost, now);
    }
    return bucket.left(quota, at);
  }

  @Property
  void a_clock_that_jumps_back_drains_nothing(
      @ForAll("quotas") RateQuota quota, @ForAll("jumps") @Size(max = 80) List<Step> steps) {
    TokenBucket bucket = new TokenBucket();
    TokenBucket steady = new TokenBucket();
    long now = START;
    long latest = Long.MIN_VALUE;
    for (Step step : steps) {
      now += step.forwardMicros;
      latest = Math.max(latest, now);
      long left = bucket.left(quota, now);
      assertThat(left).isEqualTo(steady.left(quota, latest));
      if (left >= step.cost) {
        bucket.charge(quota, step.cost, now);
        steady.charge(quota, step.cost, latest);
      }
      assertThat(bucket.resetMillis(quota, now)).isPositive();
    }
  }

  @Test
  void a_changed_rate_keeps_what_is_owed() {
    TokenBucket bucket = new TokenBucket();
    bucket.charge(new RateQuota(10, SECOND, 20), 20, START);
    RateQuota slower = new RateQuota(7, 3 * SECOND, 20);
    assertThat(bucket.left(slower, START)).isZero();
    assertThat(bucket.left(slower, START + 3 * SECOND)).isEqualTo(7);
    assertThat(bucket.left(new RateQuota(10, SECOND, 30), START + 3 * SECOND)).isEqualTo(17);
  }

  @Property
  void a_changed_rate_forgives_nothing_and_adds_next_to_nothing(
      @ForAll("quotas") RateQuota before, @ForAll("quotas") RateQuota after) {
    TokenBucket bucket = new TokenBucket();
    long owed = Math.min(1_000, before.burst());
    bucket.charge(before, owed, START);
    long left = Math.max(0, after.burst() - owed);
    assertThat(bucket.left(after, START)).isBetween(Math.max(0, left - 1), left);
    left = before.burst() - owed;
    assertThat(bucket.left(before, START)).isBetween(left - 2, left);
  }

  @Test
  void what_is_owed_beyond_all_measure_at_the_new_rate_is_forgiven() {
    TokenBucket bucket = new TokenBucket();
    bucket.charge(new RateQuota(100_000_000 * SECOND, SECOND, Quota.MOST), Quota.MOST, START);
    RateQuota daily = new RateQuota(1, 86_400 * SECOND, 1);
    assertThat(bucket.left(daily, START)).isZero();
    assertThat(bucket.retryMillis(daily, 1, START)).isEqualTo((RateQuota.MOST_UNITS + 999) / 1_000);
    assertThat(bucket.isOver(daily, START + RateQuota.MOST_UNITS)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    // taken, cost, micros after: milliseconds to wait
    "20, 1, 0, 100",
    "20, 1, 50001, 50",
    "20, 20, 0, 2000",
    "15, 10, 0, 500",
    "20, 1, 99999, 1",
  })
  void a_client_is_told_the_very_millisecond(long taken, long cost, long after, long expected) {
    RateQuota quota = new RateQuota(10, SECOND, 20);
    TokenBucket bucket = new TokenBucket();
    bucket.charge(quota, taken, START);
    assertThat(bucket.retryMillis(quota, cost, START + after)).isEqualTo(expected);
  }

  static Arbitrary<RateQuota> anyQuota() {
    return Combinators.combine(
            Arbitraries.of(1L, 3L, 7L, 10L, 60L, 999L, 1_000_003L, 1_000_000_000L, Quota.MOST),
            Arbitraries.of(1L, 60L, 3_600L, 86_400L),
            Arbitraries.of(1L, 2L, 20L, 1_000L, 52_000L, Quota.MOST))
        .as(
            (tokens, seconds, burst) -> {
              long period = seconds * SECOND;
              long most = RateQuota.mostBurst(tokens, period);
              return new RateQuota(tokens, period, Math.min(burst, most));
            });
  }

  @Provide
  Arbitrary<RateQuota> quotas() {
    return anyQuota();
  }

  private static Arbitrary<List<Step>> steps(long back) {
    Arbitrary<Long> forward =
        Arbitraries.frequencyOf(
            Tuple.of(5, Arbitraries.longs().between(back, 100)),
            Tuple.of(5, Arbitraries.longs().between(back * 1_000, 300_000)),
            Tuple.of(1, Arbitraries.longs().between(0, 100_000 * SECOND)));
    return Combinators.combine(forward, Arbitraries.of(1L, 1L, 2L, 5L, 900L, 1_000_000L))
        .as(Step::new)
        .list();
  }

  @Provide
  Arbitrary<List<Step>> steps() {
    return steps(0);
  }

  @Provide
  Arbitrary<List<Step>> jumps() {
    return steps(-500);
  }
}
