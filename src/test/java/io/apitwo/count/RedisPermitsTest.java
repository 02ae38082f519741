package io.apitwo.count;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.count.RedisPermits.Telling;
import io.apitwo.count.RedisPermits.Word;
import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Charge;
import io.apitwo.limit.ConcurrencyQuota;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Subject;
import java.util.List;
import org.junit.jupiter.api.Test;

class RedisPermitsTest {
  private static final long MILLI = 1_000_000;
  private static final long FIRST = 1_000;
  private static final Limit LIMIT = Limit.of("c", Algorithm.CONCURRENCY, new ConcurrencyQuota(10));

  private final Subject client = client("client");
  private final RedisPermits permits =
      new RedisPermits(new byte[8], FIRST, name -> name.startsWith("far") ? 1 : 0);
  private long now = 1_000 * MILLI;

  private static Subject client(String name) {
    return new Subject(LIMIT, name);
  }

  private static List<Demand> demand(Subject subject) {
    return List.of(new Demand(new Charge(List.of(subject), 1), 1));
  }

  private void take(Subject subject, long amount) {
    permits.ask(subject);
    permits.granted(subject, amount, now);
  }

  private List<Telling> due() {
    return permits.takeDue(0, 1_000);
  }

  private List<Long> said(List<Telling> words) {
    return words.stream().map(each -> each.word().holds()).toList();
  }

  @Test
  void a_call_says_what_is_held_without_it() {
    assertThat(permits.ask(client)).isEqualTo(new Word(FIRST + 1, 0));
    permits.granted(client, 3, now);
    assertThat(permits.ask(client)).isEqualTo(new Word(FIRST + 2, 3));
    permits.granted(client, 2, now);
    permits.giveBack(client, 1);
    assertThat(permits.ask(client)).isEqualTo(new Word(FIRST + 3, 4));
    assertThat(permits.inUse()).isEqualTo(4);
  }

  @Test
  void while_a_call_asks_nobody_else_does() {
    permits.ask(client);
    assertThat(permits.isFree(demand(client))).isFalse();
    assertThat(permits.isFree(demand(client("other")))).isTrue();
    permits.granted(client, 0, now);
    assertThat(permits.isFree(demand(client))).isTrue();
  }

  @Test
  void what_an_answer_has_said_needs_no_word() {
    take(client, 3);
    assertThat(permits.lanesDue()).isEmpty();
  }

  @Test
  void what_comes_back_is_told_at_once() {
    take(client, 3);
    permits.giveBack(client, 2);
    assertThat(permits.lanesDue()).containsExactly(0);
    List<Telling> words = due();
    assertThat(said(words)).containsExactly(1L);
    assertThat(permits.lanesDue()).isEmpty();
    permits.told(words, true, now);
    assertThat(permits.lanesDue()).isEmpty();
  }

  @Test
  void what_comes_back_while_a_call_asks_is_told_when_it_has_landed() {
    take(client, 3);
    permits.ask(client);
    permits.giveBack(client, 3);
    assertThat(permits.lanesDue()).isEmpty();
    permits.granted(client, 1, now);
    assertThat(said(due())).containsExactly(1L);
  }

  @Test
  void what_comes_back_while_a_word_is_told_is_told_with_the_next() {
    take(client, 3);
    permits.giveBack(client, 1);
    List<Telling> first = due();
    permits.giveBack(client, 1);
    assertThat(permits.lanesDue()).isEmpty();
    permits.told(first, true, now);
    assertThat(said(due())).containsExactly(1L);
  }

  @Test
  void what_many_have_given_back_goes_in_one_call_of_a_bounded_size() {
    for (int i = 0; i < 300; i++) {
      take(client("client-" + i), 1);
    }
    for (int i = 0; i < 300; i++) {
      permits.giveBack(client("client-" + i), 1);
    }
    assertThat(permits.takeDue(0, 128)).hasSize(128);
    assertThat(permits.takeDue(0, 128)).hasSize(128);
    assertThat(permits.takeDue(0, 128)).hasSize(44);
  }

  @Test
  void each_lane_has_words_of_its_own() {
    Subject far = client("far");
    take(client, 1);
    take(far, 1);
    permits.giveBack(far, 1);
    assertThat(permits.lanesDue()).containsExactly(1);
    permits.giveBack(client, 1);
    assertThat(permits.lanesDue()).containsExactly(0, 1);
  }

  @Test
  void when_an_answer_is_lost_the_truth_is_told() {
    take(client, 2);
    permits.ask(client);
    permits.unanswered(client, now);
    assertThat(said(due())).containsExactly(2L);
  }

  @Test
  void one_lost_answer_of_a_call_leaves_doubt_whatever_the_others_say() {
    permits.ask(client);
    permits.ask(client);
    permits.unanswered(client, now);
    permits.granted(client, 2, now);
    assertThat(said(due())).containsExactly(2L);
  }

  @Test
  void a_word_that_is_lost_is_told_again() {
    take(client, 3);
    permits.giveBack(client, 1);
    permits.told(due(), false, now);
    assertThat(said(due())).containsExactly(2L);
  }

  @Test
  void a_word_that_is_confirmed_after_a_later_one_changes_nothing() {
    take(client, 3);
    permits.giveBack(client, 3);
    List<Telling> first = due();
    take(client, 2);
    permits.told(first, true, now);
    assertThat(permits.lanesDue()).isEmpty();
    assertThat(permits.inUse()).isEqualTo(2);
  }

  @Test
  void nothing_is_kept_of_what_is_held_no_more() {
    permits.ask(client("refused"));
    permits.granted(client("refused"), 0, now);
    assertThat(permits.size()).isZero();
    take(client, 3);
    permits.giveBack(client, 100);
    permits.told(due(), true, now);
    assertThat(permits.size()).isZero();
    assertThat(permits.inUse()).isZero();
  }

  @Test
  void what_redis_has_forgotten_by_itself_is_told_no_more() {
    permits.ask(client);
    permits.unanswered(client, now);
    permits.told(due(), false, now);
    now += RedisPermits.HELD_MILLIS * MILLI;
    permits.renew(now);
    assertThat(permits.size()).isEqualTo(1);
    permits.renew(now + 1);
    assertThat(permits.size()).isZero();
    assertThat(permits.lanesDue()).isEmpty();
  }

  @Test
  void what_is_held_is_told_again_in_time_and_a_part_at_a_time() {
    for (int i = 0; i < 1_000; i++) {
      take(client("client-" + i), 1);
    }
    permits.renew(now + RedisPermits.RENEW_MILLIS * MILLI - 1);
    assertThat(due()).isEmpty();
    int ticks = 0;
    int told = 0;
    now += RedisPermits.RENEW_MILLIS * MILLI;
    while (told < 1_000) {
      permits.renew(now);
      List<Telling> words = due();
      assertThat(words).isNotEmpty().hasSizeLessThan(150);
      permits.told(words, true, now);
      told += words.size();
      now += RedisPermits.TICK_MILLIS * MILLI;
      ticks++;
    }
    assertThat((RedisPermits.RENEW_MILLIS + ticks * RedisPermits.TICK_MILLIS))
        .isLessThan(RedisPermits.HELD_MILLIS);
  }

  @Test
  void after_a_break_all_is_told_again_a_part_at_a_time() {
    for (int i = 0; i < 1_000; i++) {
      take(client("client-" + i), 1);
    }
    permits.forgotten(now);
    assertThat(permits.lanesDue()).isEmpty();
    permits.renew(now);
    assertThat(due()).hasSizeBetween(100, 150);
  }

  @Test
  void a_node_that_goes_holds_nothing() {
    take(client, 3);
    take(client("other"), 2);
    permits.giveUp();
    assertThat(said(due())).containsExactly(0L, 0L);
    assertThat(permits.inUse()).isZero();
  }
}
