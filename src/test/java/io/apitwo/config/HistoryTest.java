package io.apitwo.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class HistoryTest {
  private final History history = new History(3);

  /** An entry whose text is a word. */
  static Entry entry(long number, String text, String previousText) {
    String previous = previousText.isEmpty() ? "" : Entry.sha256(previousText);
    return new Entry(
        number,
        Entry.sha256(text),
        previous,
        "test",
        "somebody",
        Instant.EPOCH,
        false,
        List.of(Entry.sha256("a file")),
        text);
  }

  @Test
  void the_newest_is_the_one_with_the_largest_number() {
    history.add(entry(2, "b", "a"));
    history.add(entry(1, "a", ""));

    assertThat(history.newest().text()).isEqualTo("b");
    assertThat(history.list()).extracting(Entry::text).containsExactly("b", "a");
  }

  @Test
  void of_the_same_number_the_larger_hash_is_newer_and_the_other_lost() {
    Entry one = entry(2, "b", "a");
    Entry other = entry(2, "c", "a");
    history.add(one);
    history.add(other);

    Entry winner = one.id().isAfter(other.id()) ? one : other;
    assertThat(history.newest()).isEqualTo(winner);
    assertThat(history.list()).extracting(Entry::superseded).containsExactly(false, true);
    assertThat(history.find(2)).contains(winner);
  }

  @Test
  void what_the_newest_was_not_made_after_lost_whatever_its_hash() {
    for (String survivor : new String[] {"b", "c"}) {
      History split = new History(9);
      split.add(entry(1, "a", ""));
      split.add(entry(2, "b", "a"));
      split.add(entry(2, "c", "a"));
      split.add(entry(3, "d", survivor));

      assertThat(split.list().stream().filter(Entry::superseded).map(Entry::text))
          .containsExactly(survivor.equals("b") ? "c" : "b");
      assertThat(split.find(2).orElseThrow().text()).isEqualTo(survivor);
    }
  }

  @Test
  void a_missing_number_makes_no_loser() {
    history.add(entry(1, "a", ""));
    history.add(entry(4, "d", "c"));

    assertThat(history.list()).noneMatch(Entry::superseded);
  }

  @Test
  void the_oldest_make_room() {
    for (int number = 1; number <= 5; number++) {
      history.add(entry(number, "text " + number, "text " + (number - 1)));
    }

    assertThat(history.list()).extracting(Entry::number).containsExactly(5L, 4L, 3L);
  }

  @Test
  void what_is_there_is_not_added_again() {
    assertThat(history.add(entry(1, "a", ""))).isTrue();
    assertThat(history.add(entry(1, "a", ""))).isFalse();
  }

  @Test
  void only_another_text_of_the_same_number_is_a_rival() {
    history.add(entry(3, "c", "b"));
    history.add(entry(2, "b", "a"));

    assertThat(history.rival(entry(2, "b", "a"))).isEmpty();
    assertThat(history.rival(entry(1, "a", ""))).isEmpty();
    assertThat(history.rival(entry(2, "x", "a"))).contains(entry(2, "b", "a"));
  }
}
