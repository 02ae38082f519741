package io.apitwo.config;

import static io.apitwo.config.HistoryTest.entry;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class KnownEntriesTest {
  private final KnownEntries known = new KnownEntries();
  private final AtomicInteger readings = new AtomicInteger();
  private final Entry entry = entry(1, "a", "");

  private Entry get(String key, String value) {
    return known.get(
        key,
        value,
        read -> {
          readings.incrementAndGet();
          return read.equals("right") ? entry : null;
        });
  }

  @Test
  void each_value_is_read_once_whether_it_is_right_or_not() {
    for (int i = 0; i < 3; i++) {
      assertThat(get("rules#1", "right")).isEqualTo(entry);
      assertThat(get("rules#2", "forged")).isNull();
    }
    assertThat(readings).hasValue(2);
    assertThat(get("rules#1", "forged")).isNull();
    assertThat(readings).hasValue(3);
  }

  @Test
  void made_up_keys_take_no_more_than_a_certain_room() {
    for (int i = 0; i < 10 * KnownEntries.MOST; i++) {
      assertThat(get("rules#made-up-" + i, "forged")).isNull();
      assertThat(get("rules#1", "right")).isEqualTo(entry);
    }
    assertThat(known.size()).isEqualTo(KnownEntries.MOST);
    assertThat(readings).hasValue(10 * KnownEntries.MOST + 1);
  }

  @Test
  void what_is_forgotten_is_read_again() {
    get("rules#1", "right");
    known.forget("rules#1");

    assertThat(known.size()).isZero();
    assertThat(get("rules#1", "right")).isEqualTo(entry);
    assertThat(readings).hasValue(2);
  }
}
