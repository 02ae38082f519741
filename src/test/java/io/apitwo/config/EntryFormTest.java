package io.apitwo.config;

import static io.apitwo.config.HistoryTest.entry;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
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

  @Test
  void what_is_no_entry_is_refused() {
    String written = EntryForm.write(entry(1, "text", "before"));
    List<String> odd =
        List.of(
            "",
            "null",
            "{}",
            "[]",
            written.replace("\"text\":\"text\"", "\"text\":null"),
            written.replace("\"actor\":\"somebody\"", "\"actor\":{}"),
            written.replace("\"number\":1", "\"number\":\"1\""),
            written.replace("\"number\":1", "\"number\":null"),
            written.replace("\"number\":1,", ""),
            written.replaceFirst("\"at\":\"[^\"]*\"", "\"at\":\"today\""),
            written.replaceFirst("\"files\":\\[[^]]*]", "\"files\":1"));
    assertThat(odd).doesNotContain(written);
    for (String each : odd) {
      assertThatIllegalArgumentException().as(each).isThrownBy(() -> EntryForm.read(each));
    }
  }

  @Test
  void entries_of_before_files_were_noted_are_read() {
    String written = EntryForm.write(entry(1, "text", "before"));
    String old = written.replaceFirst("\"files\":\\[[^]]*],", "");
    assertThat(old).isNotEqualTo(written);
    assertThat(EntryForm.read(old).files()).isEmpty();
  }
}
