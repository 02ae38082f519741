package io.apitwo.count;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class RedisClockTest {
  private static final long MILLI = 1_000_000;

  @Test
  void between_answers_it_goes_on_like_the_nano_clock() {
    RedisClock clock = new RedisClock(5_000, 100);
    assertThat(clock.atLeast(100)).isEqualTo(5_000);
    assertThat(clock.atLeast(100 + 7 * MILLI + 999)).isEqualTo(12_000);
    assertThat(clock.atLeast(100 - 1)).isEqualTo(4_999);
  }

  @Test
  void a_late_answer_does_not_set_it_back() {
    RedisClock clock = new RedisClock(0, 0);
    clock.observe(9_000, 8 * MILLI, 10 * MILLI);
    clock.observe(9_500, 8 * MILLI, 50 * MILLI);
    assertThat(clock.atLeast(50 * MILLI)).isEqualTo(50_000);
  }

  @Test
  void an_answer_that_proves_a_clock_set_back_counts_alone() {
    RedisClock clock = new RedisClock(3_600_000_000L, 0);
    clock.observe(1_000, 8 * MILLI, 10 * MILLI);
    assertThat(clock.atLeast(10 * MILLI)).isEqualTo(1_000);
  }

  @Test
  void an_answer_of_a_clock_set_forward_counts_at_once() {
    RedisClock clock = new RedisClock(0, 0);
    clock.observe(3_600_000_000L, 8 * MILLI, 10 * MILLI);
    assertThat(clock.atLeast(10 * MILLI)).isEqualTo(3_600_000_000L);
  }

  @Property
  void it_never_runs_ahead_of_a_steady_server(
      @ForAll @Size(min = 1, max = 50) List<@LongRange(min = 0, max = 80) Long> delays) {
    RedisClock clock = new RedisClock(0, 0);
    long now = 0;
    for (long delay : delays) {
      long sent = now;
      long answered = sent + delay / 2 * MILLI;
      now = sent + delay * MILLI;
      clock.observe(answered / 1_000, sent, now);
      assertThat(clock.atLeast(now)).isBetween(answered / 1_000, now / 1_000);
    }
  }
}
