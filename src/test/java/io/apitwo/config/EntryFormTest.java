package io.apitwo.config;

import static io.apitwo.config.HistoryTest.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class EntryFormTest {
  @Test
  void what_is_written_is_read() {
    for (long number : new long[] {1, 100_000_000_000_000L}) {
      Entry entry = entry(number, "a: ü\n", "before");
      assertThat(EntryForm.read(EntryForm.write(entry))).isEqualTo(entry);
    }
  }

  @Test
  void numbers_that_nobody_reaches_are_refused() {
    for (long number : new long[] {-1, 0, 100_000_000_000_001L, Long.MAX_VALUE}) {
      String written = EntryForm.write(entry(number, "text", ""));
      assertThatIllegalArgumentException().isThrownBy(() -> EntryForm.read(written));
    }
  }
}
