package io.apitwo.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** What clients can get through at worst, as docs/algorithms.md says it. */
class BurstBoundsTest {
  private static final long START = 1_751_212_680_000L; // a minute's first millisecond
  private static final long MINUTE = 60_000;
  private static final WindowQuota QUOTA = Quota.of(Window.MINUTE, 100);

  /** The instants at which a client that tries all it can gets one request through. */
  private static List<Long> passes(WindowCounts counts, long seed) {
    Random random = new Random(seed);
    List<Long> passes = new ArrayList<>();
    for (long now = START; now < START + 4 * MINUTE; now += 1 + random.nextInt(3_000)) {
      long burst = random.nextInt(5) == 0 ? 1_000 : random.nextInt(10);
      for (long i = Math.min(burst, counts.left(QUOTA, now)); i > 0; i--) {
        counts.charge(Window.MINUTE, 1, now);
        passes.add(now);
      }
    }
    return passes;
  }

  private static long between(List<Long> passes, long from, long to) {
    return passes.stream().filter(at -> at >= from && at < to).count();
  }

  @Property(tries = 200)
  void fixed_windows_pass_at_most_twice_the_quota_in_any_windows_length(@ForAll long seed) {
    List<Long> passes = passes(new Counter(), seed);
    for (long from : passes) {
      assertThat(between(passes, from, from + MINUTE)).isLessThanOrEqualTo(200);
    }
  }

  @Test
  void fixed_windows_do_pass_twice_the_quota_around_a_reset() {
    Counter counter = new Counter();
    counter.charge(Window.MINUTE, counter.left(QUOTA, START - 1), START - 1);
    assertThat(counter.left(QUOTA, START - 1)).isZero();
    assertThat(counter.left(QUOTA, START)).isEqualTo(100);
  }

  @Property(tries = 200)
  void sliding_windows_pass_at_most_the_quota_and_its_share_of_the_time(@ForAll long seed) {
    List<Long> passes = passes(new SlidingCounter(), seed);
    for (long from : passes) {
      for (long time : new long[] {1, 500, 6_000, 30_000, MINUTE}) {
        assertThat(between(passes, from, from + time))
            .isLessThanOrEqualTo(100 + 100 * time / MINUTE);
      }
    }
  }

  @Test
  void after_a_sliding_reset_a_used_up_quota_comes_back_at_a_steady_rate() {
    SlidingCounter counter = new SlidingCounter();
    counter.charge(Window.MINUTE, 100, START - 1);
    for (long after = 0; after <= MINUTE; after += 1_000) {
      assertThat(counter.left(QUOTA, START + after)).isEqualTo(100 * after / MINUTE);
    }
  }

  @Test
  void a_full_bucket_passes_its_burst_at_once_and_then_its_rate() {
    RateQuota quota = new RateQuota(10, 1_000_000, 20);
    TokenBucket bucket = new TokenBucket();
    long passed = 0;
    for (long micros = 0; micros <= 3_000_000; micros += 1_000) {
      long left = bucket.left(quota, micros);
      bucket.charge(quota, left, micros);
      passed += left;
    }
    assertThat(passed).isEqualTo(20 + 3 * 10);
  }

  @Test
  void of_phased_clients_a_sixteenth_comes_back_at_once() {
    Limit limit =
        new Limit("a", Algorithm.FIXED, List.of(QUOTA), Accuracy.EXACT, OnStoreFailure.LOCAL, true);
    int[] resets = new int[60_000];
    for (int i = 0; i < 16_000; i++) {
      long shifted = START + limit.shiftMillis(Window.MINUTE, "client-" + i);
      resets[(int) new Counter().resetMillis(Window.MINUTE, shifted) - 1]++;
    }
    long instants = 0;
    for (int at : resets) {
      instants += at > 0 ? 1 : 0;
      assertThat(at).isLessThan(1_200);
    }
    assertThat(instants).isEqualTo(16);
  }
}
