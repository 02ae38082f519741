package io.apitwo.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sliding windows against the naive model: a list of all that was ever charged. */
class SlidingCounterPropertyTest {
  private static final long START = 1_751_212_680_000L; // 15:58:00

  record Step(long forwardMillis, Window window, long quota, long cost) {}

  record Charged(long atMillis, Window window, long cost) {}

  @Property
  void left_is_the_quota_less_this_window_and_the_weighted_one_before(
      @ForAll("steps") @Size(max = 200) List<Step> steps) {
    SlidingCounter counter = new SlidingCounter();
    List<Charged> history = new ArrayList<>();
    long now = START;
    for (Step step : steps) {
      now += step.forwardMillis;
      WindowQuota quota = Quota.of(step.window, step.quota);
      long left = counter.left(quota, now);
      assertThat(left).isEqualTo(Math.max(0, step.quota - naiveUsed(history, step.window, now)));
      if (left >= step.cost) {
        counter.charge(step.window, step.cost, now);
        history.add(new Charged(now, step.window, step.cost));
      }
    }
  }

  private static long naiveUsed(List<Charged> history, Window window, long now) {
    long number = window.numberAt(now);
    long current = 0;
    long before = 0;
    for (Charged charged : history) {
      if (charged.window == window) {
        long of = window.numberAt(charged.atMillis);
        current += of == number ? charged.cost : 0;
        before += of == number - 1 ? charged.cost : 0;
      }
    }
    long length = window.endMillis(number) - window.startMillis(number);
    long left = window.endMillis(number) - now;
    BigInteger[] weighted =
        BigInteger.valueOf(before)
            .multiply(BigInteger.valueOf(left))
            .divideAndRemainder(BigInteger.valueOf(length));
    return current + weighted[0].longValue() + weighted[1].signum();
  }

  @Property
  void a_cost_fits_after_its_retry_and_not_two_milliseconds_earlier(
      @ForAll Window window,
      @ForAll @LongRange(min = 1, max = Quota.MOST) long amount,
      @ForAll("percents") List<Integer> charges,
      @ForAll("percents") List<Integer> pauses,
      @ForAll @LongRange(min = 1, max = Charge.MOST_COST) long cost) {
    SlidingCounter counter = new SlidingCounter();
    WindowQuota quota = Quota.of(window, amount);
    long small = Math.min(cost, amount);
    long now = START;
    for (int i = 0; i < Math.min(charges.size(), pauses.size()); i++) {
      now += pauses.get(i) * window.nominalSeconds() * 7;
      counter.charge(window, counter.left(quota, now) * charges.get(i) / 100, now);
      if (counter.left(quota, now) >= small) {
        continue;
      }
      long retry = counter.retryMillis(quota, small, now);
      assertThat(counter.left(quota, now + retry)).isGreaterThanOrEqualTo(small);
      assertThat(retry).isPositive();
      if (retry > 2) {
        assertThat(counter.left(quota, now + retry - 2)).isLessThan(small);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    // used up 15:38, asked in 15:39: a request comes back each 12 s
    "5, 5, 2025-06-29T15:39:00Z, 0, 1, 12000",
    "5, 5, 2025-06-29T15:39:07Z, 0, 1, 5000",
    "5, 5, 2025-06-29T15:39:00Z, 0, 5, 60000",
    // and what was used since must leave with the next window
    "5, 5, 2025-06-29T15:39:59Z, 4, 2, 16000",
    "5, 0, 2025-06-29T15:39:30Z, 5, 1, 42000",
    "5, 0, 2025-06-29T15:39:30Z, 5, 5, 90000",
    "3, 3, 2025-06-29T15:39:00.001Z, 0, 1, 19999",
  })
  void a_client_is_told_the_very_millisecond(
      long amount, long before, Instant at, long since, long cost, long expected) {
    SlidingCounter counter = new SlidingCounter();
    WindowQuota quota = Quota.of(Window.MINUTE, amount);
    counter.charge(Window.MINUTE, before, at.toEpochMilli() - 60_000);
    counter.charge(Window.MINUTE, since, at.toEpochMilli());
    long now = at.toEpochMilli();
    assertThat(counter.retryMillis(quota, cost, now)).isEqualTo(expected);
    assertThat(counter.left(quota, now + expected)).isGreaterThanOrEqualTo(cost);
    assertThat(counter.left(quota, now + expected - 1)).isLessThan(cost);
  }

  @Property
  void a_clock_that_jumps_never_opens_a_window_again(
      @ForAll("jumps") @Size(max = 100) List<Long> jumps) {
    SlidingCounter counter = new SlidingCounter();
    WindowQuota quota = Quota.of(Window.MINUTE, 10);
    long now = START;
    long newest = Long.MIN_VALUE;
    long passedInNewest = 0;
    for (long jump : jumps) {
      now += jump;
      if (Window.MINUTE.numberAt(now) > newest) {
        newest = Window.MINUTE.numberAt(now);
        passedInNewest = 0;
      }
      if (counter.left(quota, now) > 0) {
        counter.charge(Window.MINUTE, 1, now);
        passedInNewest++;
      }
      assertThat(passedInNewest).isLessThanOrEqualTo(10);
      assertThat(counter.resetMillis(Window.MINUTE, now)).isPositive();
    }
  }

  @Property
  void forgetting_what_is_over_changes_nothing(
      @ForAll("jumps") List<Long> jumps, @ForAll Window window, @ForAll Window other) {
    SlidingCounter counter = new SlidingCounter();
    long now = START;
    for (long jump : jumps) {
      now += Math.abs(jump);
      counter.charge(window, 7, now);
      counter.charge(other, 7, now);
    }
    for (long after = 1; after < 100L * 86_400_000; after *= 2) {
      if (counter.isOver(now + after)) {
        assertThat(counter.used(window, now + after)).isZero();
        assertThat(counter.used(other, now + after)).isZero();
      }
    }
    assertThat(counter.isOver(now + 100L * 86_400_000)).isTrue();
  }

  @Provide
  Arbitrary<List<Step>> steps() {
    Arbitrary<Long> forward =
        Arbitraries.frequencyOf(
            Tuple.of(8, Arbitraries.longs().between(0, 900)),
            Tuple.of(2, Arbitraries.longs().between(0, 90_000)),
            Tuple.of(1, Arbitraries.longs().between(0, 40L * 86_400_000)));
    return Combinators.combine(
            forward,
            Arbitraries.of(Window.values()),
            Arbitraries.longs().between(1, 20),
            Arbitraries.longs().between(1, 5))
        .as(Step::new)
        .list();
  }

  @Provide
  Arbitrary<List<Integer>> percents() {
    return Arbitraries.integers().between(0, 100).list().ofMinSize(1).ofMaxSize(20);
  }

  @Provide
  Arbitrary<List<Long>> jumps() {
    return Arbitraries.longs().between(-120_000, 30_000).list();
  }
}
