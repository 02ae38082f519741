package io.apitwo.config;

import static io.apitwo.config.HistoryTest.entry;
import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.config.FileNews.Verdict;
import java.util.List;
import org.junit.jupiter.api.Test;

class FileNewsTest {
  private static final List<Entry> HISTORY =
      List.of(entry(3, "pushed", "b"), entry(2, "b", "a"), entry(1, "a", ""));

  private static Verdict judge(String text, String previousText) {
    return judge(text, 0, previousText, 0);
  }

  private static Verdict judge(String text, long generation, String previousText, long ofHead) {
    String previous = previousText.isEmpty() ? "" : Entry.sha256(previousText);
    return FileNews.judge(Entry.sha256(text), generation, previous, HISTORY, ofHead);
  }

  @Test
  void the_first_text_of_all_is_news() {
    assertThat(FileNews.judge(Entry.sha256("a"), 0, "", List.of(), 0)).isEqualTo(Verdict.NEWS);
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
}
