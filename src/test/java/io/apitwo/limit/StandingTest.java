package io.apitwo.limit;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StandingTest {
  @ParameterizedTest
  @CsvSource({
    "7, 900, 8, 5000, 900", // two windows: the shorter one
    "0, 900, 8, 5000, 5000", // tokens that are back sooner end nothing
    "7, 900000, 0, 10, 900000",
    "0, 900, 0, 0, 60000", // no window at all
  })
  void an_answer_is_good_until_its_first_window_ends(
      long window, long reset, long otherWindow, long otherReset, long millis) {
    Standing standing =
        new Standing(
            new long[2],
            new long[] {reset, otherReset},
            5_000,
            0,
            new Receipt(1, new long[2], new long[] {window, otherWindow}));
    assertThat(standing.validUntilNanos()).isEqualTo(5_000 + millis * 1_000_000);
  }
}
