package io.apitwo.decide;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.decide.Accumulator.Parked;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Subject;
import io.apitwo.limit.Window;
import java.util.List;
import org.junit.jupiter.api.Test;

class AccumulatorTest {
  private static final Limit LIMIT = new Limit("a", List.of(Quota.of(Window.DAY, 10)));

  private final Accumulator<String> accumulator = new Accumulator<>();

  private static Charge charge(String client) {
    return new Charge(List.of(new Subject(LIMIT, client)), 1);
  }

  @Test
  void equal_charges_wait_together_in_their_order_and_only_the_first_opens_a_batch() {
    assertThat(accumulator.park(charge("x"), "1", 10)).isTrue();
    assertThat(accumulator.park(charge("y"), "2", 11)).isFalse();
    assertThat(accumulator.park(charge("x"), "3", 12)).isFalse();
    assertThat(accumulator.seal())
        .containsExactly(
            new Parked<>(charge("x"), List.of("1", "3"), 10),
            new Parked<>(charge("y"), List.of("2"), 11));
  }

  @Test
  void what_comes_after_the_seal_opens_the_next_batch() {
    accumulator.park(charge("x"), "1", 10);
    accumulator.seal();
    assertThat(accumulator.park(charge("x"), "2", 11)).isTrue();
    assertThat(accumulator.seal()).containsExactly(new Parked<>(charge("x"), List.of("2"), 11));
    assertThat(accumulator.seal()).isEmpty();
  }
}
