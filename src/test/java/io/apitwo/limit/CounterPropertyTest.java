package io.apitwo.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;

/**
 * The counter against the naive model: a list of all that was ever charged, read from its
 * beginning.
 */
class CounterPropertyTest {
  private static final long START = 1_751_212_680_000L;

  record Step(long forwardMillis, Window window, long quota, long cost) {}

  record Charged(long atMillis, Window window, long cost) {}

  @Property
  void left_is_the_quota_less_what_was_charged_in_the_same_window(
      @ForAll("steps") @Size(max = 200) List<Step> steps) {
    Counter counter = new Counter();
    List<Charged> history = new ArrayList<>();
    long now = START;
    for (Step step : steps) {
      now += step.forwardMillis;
      WindowQuota quota = Quota.of(step.window, step.quota);
      long left = counter.left(quota, now);
      assertThat(left).isEqualTo(naiveLeft(history, quota, now));
      if (left >= step.cost) {
        counter.charge(step.window, step.cost, now);
        history.add(new Charged(now, step.window, step.cost));
      }
    }
  }

  private static long naiveLeft(List<Charged> history, WindowQuota quota, long now) {
    long used = 0;
    for (Charged charged : history) {
      Window window = charged.window;
      if (window == quota.window() && window.numberAt(charged.atMillis) == window.numberAt(now)) {
        used += charged.cost;
      }
    }
    return Math.max(0, quota.amount() - used);
  }

  @Property
  void a_clock_that_jumps_never_opens_a_window_again(
      @ForAll("jumps") @Size(max = 100) List<Long> jumps) {
    Counter counter = new Counter();
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
    }
  }

  @Property
  void a_reset_is_never_in_the_past(@ForAll("jumps") List<Long> jumps, @ForAll Window window) {
    Counter counter = new Counter();
    long now = START;
    for (long jump : jumps) {
      now += jump;
      counter.charge(window, 1, now);
      assertThat(counter.resetMillis(window, now)).isPositive();
      assertThat(counter.isOver(now)).isFalse();
    }
  }

  @Provide
  Arbitrary<List<Step>> steps() {
    Arbitrary<Long> forward =
        Arbitraries.frequencyOf(
            net.jqwik.api.Tuple.of(8, Arbitraries.longs().between(0, 900)),
            net.jqwik.api.Tuple.of(2, Arbitraries.longs().between(0, 90_000)),
            net.jqwik.api.Tuple.of(1, Arbitraries.longs().between(0, 40L * 86_400_000)));
    return Combinators.combine(
            forward,
            Arbitraries.of(Window.values()),
            Arbitraries.longs().between(1, 20),
            Arbitraries.longs().between(1, 5))
        .as(Step::new)
        .list();
  }

  @Provide
  Arbitrary<List<Long>> jumps() {
    return Arbitraries.longs().between(-120_000, 30_000).list();
  }
}
