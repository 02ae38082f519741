package io.apitwo.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class PaceTest {
  private static final int IDLE_SECONDS = 75;

  private final Pace pace = new Pace(Duration.ofSeconds(IDLE_SECONDS).toNanos());
  private long unsent;

  private boolean isOverdueAt(double seconds) {
    return pace.isOverdue((long) (seconds * 1e9), unsent);
  }

  @Test
  void a_connection_without_use_is_given_up() {
    assertThat(isOverdueAt(0)).isFalse();
    assertThat(isOverdueAt(IDLE_SECONDS)).isFalse();
    assertThat(isOverdueAt(IDLE_SECONDS + 0.1)).isTrue();
  }

  @Test
  void an_exchange_starts_the_time_anew() {
    isOverdueAt(0);
    pace.exchangeBegan();
    isOverdueAt(50);
    pace.exchangeEnded();
    isOverdueAt(60);
    assertThat(isOverdueAt(134)).isFalse();
    assertThat(isOverdueAt(136)).isTrue();
  }

  @Test
  void a_head_that_drips_is_given_up_however_busily() {
    for (int second = 0; second <= Pace.HEAD_SECONDS; second++) {
      pace.bytesCame();
      assertThat(isOverdueAt(second)).isFalse();
    }
    pace.bytesCame();
    assertThat(isOverdueAt(Pace.HEAD_SECONDS + 1)).isTrue();
  }

  @Test
  void a_head_that_is_whole_in_time_starts_no_deadline() {
    pace.bytesCame();
    isOverdueAt(0);
    pace.exchangeBegan();
    isOverdueAt(1);
    pace.exchangeEnded();
    isOverdueAt(2);
    assertThat(isOverdueAt(2 + Pace.HEAD_SECONDS + 10)).isFalse();
  }

  @Test
  void a_body_may_take_its_time_as_long_as_it_comes() {
    pace.exchangeBegan();
    for (int second = 0; second < 1_000; second += 50) {
      pace.bytesCame();
      assertThat(isOverdueAt(second)).isFalse();
    }
    assertThat(isOverdueAt(1_000 + IDLE_SECONDS)).isTrue();
  }

  @Test
  void a_client_that_takes_its_response_bit_by_bit_is_let_be() {
    unsent = 1_000;
    for (int second = 0; second < 1_000; second += 50) {
      unsent--;
      assertThat(isOverdueAt(second)).isFalse();
    }
    assertThat(isOverdueAt(1_000 + IDLE_SECONDS)).isTrue();
  }
}
