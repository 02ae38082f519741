package io.apitwo.config;

import static io.apitwo.config.HistoryTest.entry;
import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.config.FileNews.Said;
import io.apitwo.config.FileNews.Verdict;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FileNewsTest {
  private static final List<Entry> HISTORY =
      List.of(entry(3, "pushed", "b"), entry(2, "b", "a"), entry(1, "a", ""));

  private static final Map<String, Long> SAID = Map.of("a", 1L, "b", 2L);

  private static Verdict judge(String text, String previousText) {
    return judge(text, 0, previousText, 0);
  }

  private static Verdict judge(String text, long generation, String previousText, long ofHead) {
    Said before =
        previousText.isEmpty()
            ? Said.NOTHING
            : new Said(Entry.sha256(previousText), SAID.getOrDefault(previousText, 0L));
    return FileNews.judge(Entry.sha256(text), generation, before, HISTORY, ofHead);
  }

  @Test
  void the_first_text_of_all_is_news() {
    assertThat(FileNews.judge(Entry.sha256("a"), 0, Said.NOTHING, List.of(), 0))
        .isEqualTo(Verdict.NEWS);
  }

  @Test
  void a_text_that_nobody_has_seen_is_news() {
    assertThat(judge("c", "b")).isEqualTo(Verdict.NEWS);
    assertThat(judge("c", "")).isEqualTo(Verdict.NEWS);
  }

  @Test
  void the_text_in_force_is_no_news() {
    assertThat(judge("pushed", "b")).isEqualTo(Verdict.IN_FORCE);
  }

  @Test
  void a_new_node_with_an_old_file_rolls_nothing_back() {
    assertThat(judge("a", "")).isEqualTo(Verdict.KNOWN);
    assertThat(judge("b", "")).isEqualTo(Verdict.KNOWN);
  }

  @Test
  void a_restart_with_the_same_file_rolls_nothing_back() {
    assertThat(judge("b", "b")).isEqualTo(Verdict.UNCHANGED);
  }

  @Test
  void a_file_that_arrives_here_last_rolls_nothing_back() {
    assertThat(judge("b", "a")).isEqualTo(Verdict.KNOWN);
  }

  @Test
  void a_file_that_is_set_back_by_hand_is_news() {
    assertThat(judge("a", "b")).isEqualTo(Verdict.NEWS);
  }

  @Test
  void a_larger_generation_is_news_even_of_a_known_text() {
    assertThat(judge("a", 8, "", 7)).isEqualTo(Verdict.NEWS);
    assertThat(judge("a", 1, "a", 0)).isEqualTo(Verdict.NEWS);
  }

  @Test
  void a_smaller_generation_is_none_even_of_an_unknown_text() {
    assertThat(judge("c", 6, "b", 7)).isEqualTo(Verdict.OLDER_GENERATION);
  }

  @Test
  void the_same_generation_says_nothing() {
    assertThat(judge("c", 7, "b", 7)).isEqualTo(Verdict.NEWS);
    assertThat(judge("a", 7, "", 7)).isEqualTo(Verdict.KNOWN);
  }

  @Test
  void a_file_that_arrives_after_its_rollback_rolls_nothing_forward() {
    List<Entry> rolledBack =
        List.of(entry(6, "a", "bad"), entry(5, "bad", "x"), entry(4, "x", "a"), entry(1, "a", ""));
    Said old = Said.NOTHING.noNews(Entry.sha256("a"), List.of(entry(1, "a", "")));
    Said fresh = Said.NOTHING.noNews(Entry.sha256("a"), rolledBack);

    for (Said before : List.of(old, fresh)) {
      assertThat(FileNews.judge(Entry.sha256("bad"), 0, before, rolledBack, 0))
          .isEqualTo(Verdict.KNOWN);
    }
  }

  @Test
  void a_file_can_be_set_to_and_fro_by_hand() {
    List<Entry> history = new ArrayList<>();
    Said said = Said.NOTHING;
    for (long i = 1; i < 10; i++) {
      String text = i % 2 == 0 ? "b" : "a";
      assertThat(FileNews.judge(Entry.sha256(text), 0, said, history, 0)).isEqualTo(Verdict.NEWS);
      history.add(0, entry(i, text, ""));
      said = Said.of(said.pushed(Entry.sha256(text), i).note());
    }
  }

  @Test
  void a_file_that_came_late_can_be_set_back_by_hand() {
    List<Entry> history = List.of(entry(3, "a", "b"), entry(2, "b", "a"), entry(1, "a", ""));
    Said said = new Said(Entry.sha256("a"), 1);
    assertThat(FileNews.judge(Entry.sha256("b"), 0, said, history, 0)).isEqualTo(Verdict.KNOWN);
    said = said.noNews(Entry.sha256("b"), history).noNews(Entry.sha256("a"), history);
    assertThat(FileNews.judge(Entry.sha256("b"), 0, said, history, 0)).isEqualTo(Verdict.NEWS);
  }

  @Test
  void a_file_is_known_also_when_its_entry_is_kept_no_longer() {
    Entry ofFile = Entry.of(1, null, Push.ofFile("a", "rules.yaml", "file n"), Instant.EPOCH);
    Entry later = ofFile;
    for (long i = 2; i < 300; i++) {
      Push push = new Push("pushed " + i, "admin", "admin", null, false);
      later = Entry.of(i, later, push, Instant.EPOCH);
    }
    List<Entry> kept = List.of(EntryForm.read(EntryForm.write(later)));
    String hash = Entry.sha256("a");

    assertThat(FileNews.judge(hash, 0, Said.NOTHING, kept, 0)).isEqualTo(Verdict.KNOWN);
    assertThat(FileNews.judge(Entry.sha256("b"), 0, Said.NOTHING, kept, 0)).isEqualTo(Verdict.NEWS);
    Said other = new Said(Entry.sha256("b"), 299);
    assertThat(FileNews.judge(hash, 0, other, kept, 0)).as("set back").isEqualTo(Verdict.NEWS);
  }

  @Test
  void an_entry_takes_the_last_files_along() {
    Entry last = Entry.of(1, null, Push.ofFile("0", "f", "f"), Instant.EPOCH);
    for (int i = 1; i < 20; i++) {
      last = Entry.of(i + 1, last, Push.ofFile("" + i % 10, "f", "f"), Instant.EPOCH);
    }
    assertThat(last.files())
        .containsExactly(
            Stream.of("9", "8", "7", "6", "5", "4", "3", "2")
                .map(Entry::sha256)
                .toArray(String[]::new));
  }

  @Test
  void a_note_that_is_none_says_nothing() {
    for (String note : List.of("", "x", Entry.sha256("a"), Entry.sha256("a") + " x")) {
      assertThat(Said.of(note)).isEqualTo(Said.NOTHING);
    }
  }

  @Test
  void a_file_that_went_to_and_fro_can_be_set_back_where_nobody_remembers_it() {
    List<Entry> history = new ArrayList<>();
    for (long i = 1; i <= 3; i++) {
      Push push = Push.ofFile(i == 2 ? "b" : "a", "rules.yaml", "file n");
      Entry head = history.isEmpty() ? null : history.get(0);
      history.add(0, Entry.of(i, head, push, Instant.EPOCH));
    }
    Said fresh = Said.NOTHING.noNews(Entry.sha256("a"), history);
    assertThat(FileNews.judge(Entry.sha256("b"), 0, fresh, history, 0)).isEqualTo(Verdict.NEWS);
  }

  @Test
  void a_file_that_arrives_late_at_a_new_node_does_not_undo_a_rollback_of_another() {
    Entry first = Entry.of(1, null, Push.ofFile("a", "rules.yaml", "file n"), Instant.EPOCH);
    Entry bad = Entry.of(2, first, Push.ofFile("b", "rules.yaml", "file n"), Instant.EPOCH);
    Push rollback = new Push("a", "revision 1", "admin", null, false);
    List<Entry> history = List.of(Entry.of(3, bad, rollback, Instant.EPOCH), bad, first);
    Said fresh = Said.NOTHING.noNews(Entry.sha256("a"), history);
    assertThat(FileNews.judge(Entry.sha256("b"), 0, fresh, history, 0)).isEqualTo(Verdict.KNOWN);
  }
}
