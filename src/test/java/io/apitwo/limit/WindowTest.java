package io.apitwo.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WindowTest {
  @ParameterizedTest
  @CsvSource({
    "SECOND, 2025-06-29T15:38:07.999Z, 2025-06-29T15:38:07Z, 2025-06-29T15:38:08Z",
    "MINUTE, 2025-06-29T15:38:07Z, 2025-06-29T15:38:00Z, 2025-06-29T15:39:00Z",
    "HOUR, 2025-06-29T15:38:07Z, 2025-06-29T15:00:00Z, 2025-06-29T16:00:00Z",
    "DAY, 2025-06-29T15:38:07Z, 2025-06-29T00:00:00Z, 2025-06-30T00:00:00Z",
    "MONTH, 2025-06-29T15:38:07Z, 2025-06-01T00:00:00Z, 2025-07-01T00:00:00Z",
    "MONTH, 2024-02-29T23:59:59.999Z, 2024-02-01T00:00:00Z, 2024-03-01T00:00:00Z",
    "MONTH, 2025-12-31T23:59:59Z, 2025-12-01T00:00:00Z, 2026-01-01T00:00:00Z",
  })
  void windows_are_calendar_windows_in_utc(Window window, Instant at, Instant start, Instant end) {
    long number = window.numberAt(at.toEpochMilli());
    assertThat(Instant.ofEpochMilli(window.startMillis(number))).isEqualTo(start);
    assertThat(Instant.ofEpochMilli(window.endMillis(number))).isEqualTo(end);
  }

  @Property
  void every_instant_is_in_the_window_that_has_its_number(
      @ForAll Window window, @ForAll @LongRange(min = 0, max = 4_102_444_800_000L) long at) {
    long number = window.numberAt(at);
    assertThat(at).isBetween(window.startMillis(number), window.endMillis(number) - 1);
    assertThat(window.numberAt(window.endMillis(number))).isEqualTo(number + 1);
  }
}
