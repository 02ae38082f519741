package io.apitwo.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PhaseTest {
  @Property
  void a_client_has_one_of_sixteen_phases(@ForAll @StringLength(max = 40) String client) {
    assertThat(Phase.of(client)).isBetween(0, Phase.PHASES - 1).isEqualTo(Phase.of(client));
  }

  @ParameterizedTest
  @CsvSource({
    "SECOND, 1, 62",
    "SECOND, 15, 937",
    "MINUTE, 1, 3750",
    "HOUR, 4, 900000",
    "DAY, 8, 43200000",
    "MONTH, 1, 151200000",
    "MONTH, 15, 2268000000",
    "DAY, 0, 0",
  })
  void a_phase_is_a_sixteenth_of_the_window(Window window, int phase, long millis) {
    assertThat(Phase.shiftMillis(window, phase)).isEqualTo(millis);
  }

  @Property
  void a_shifted_window_holds_its_instants_and_the_next_one_begins_where_it_ends(
      @ForAll Window window,
      @ForAll @IntRange(max = 15) int phase,
      @ForAll @LongRange(min = 0, max = 4_102_444_800_000L) long now) {
    long shift = Phase.shiftMillis(window, phase);
    long number = window.numberAt(now + shift);
    long end = window.endMillis(number) - shift;
    assertThat(now).isBetween(window.startMillis(number) - shift, end - 1);
    assertThat(window.numberAt(end + shift)).isEqualTo(number + 1);
  }

  @Property
  void only_a_phased_limit_shifts_its_windows(@ForAll Window window, @ForAll String client) {
    Limit limit = new Limit("a", List.of(Quota.of(window, 5)));
    Limit phased =
        new Limit("a", Algorithm.FIXED, limit.quotas(), Accuracy.EXACT, OnStoreFailure.LOCAL, true);
    assertThat(limit.shiftMillis(window, client)).isZero();
    assertThat(phased.shiftMillis(window, client))
        .isEqualTo(Phase.shiftMillis(window, Phase.of(client)));
  }
}
