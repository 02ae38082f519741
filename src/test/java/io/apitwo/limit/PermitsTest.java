package io.apitwo.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class PermitsTest {
  private static final ConcurrencyQuota TEN = new ConcurrencyQuota(10);
  private static final long A = 1;
  private static final long B = 2;
  private static final long LATER = 1_000;

  private final Permits permits = new Permits();

  @Test
  void a_holder_may_take_what_nobody_holds() {
    permits.hold(A, 1, 4, LATER, 0);
    assertThat(permits.left(TEN, B, 1, 0, 0)).isEqualTo(6);
    permits.hold(B, 1, 5, LATER, 0);
    assertThat(permits.left(TEN, A, 2, 4, 0)).isEqualTo(1);
    assertThat(permits.left(TEN, A, 2, 2, 0)).isEqualTo(3);
    assertThat(permits.held(0)).isEqualTo(9);
  }

  @Test
  void an_older_word_changes_nothing_and_takes_nothing() {
    permits.hold(A, 7, 4, LATER, 0);
    permits.hold(A, 6, 0, LATER, 0);
    permits.hold(A, 7, 9, LATER, 0);
    assertThat(permits.held(0)).isEqualTo(4);
    assertThat(permits.left(TEN, A, 7, 0, 0)).isZero();
    assertThat(permits.left(TEN, A, 8, 4, 0)).isEqualTo(6);
  }

  @Test
  void a_holder_that_falls_silent_holds_nothing_and_may_come_back() {
    permits.hold(A, 1, 10, LATER, 0);
    assertThat(permits.left(TEN, B, 1, 0, LATER - 1)).isZero();
    assertThat(permits.left(TEN, B, 1, 0, LATER)).isEqualTo(10);
    assertThat(permits.isOver(LATER)).isTrue();
    permits.hold(A, 2, 3, 2 * LATER, LATER);
    assertThat(permits.left(TEN, B, 1, 0, LATER)).isEqualTo(7);
  }

  @Test
  void a_lowered_maximum_leaves_nothing_until_enough_has_ended() {
    permits.hold(A, 1, 8, LATER, 0);
    assertThat(permits.left(new ConcurrencyQuota(3), A, 2, 8, 0)).isZero();
    permits.hold(A, 2, 2, LATER, 0);
    assertThat(permits.left(new ConcurrencyQuota(3), A, 3, 2, 0)).isEqualTo(1);
  }

  /** A word on its way, which may arrive late, twice or not at all. */
  private record Word(long holder, long sequence, long holds) {}

  @Property
  void words_in_any_order_never_make_the_holders_hold_more_than_the_maximum(@ForAll long seed) {
    Permits permits = new Permits();
    Random random = new Random(seed);
    long[] holds = new long[4];
    long[] sequences = new long[4];
    List<Word> underWay = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      int holder = random.nextInt(holds.length);
      long sequence = ++sequences[holder];
      long cost = 1 + random.nextInt(4);
      if (random.nextBoolean() && permits.left(TEN, holder, sequence, holds[holder], 0) >= cost) {
        holds[holder] += cost;
        permits.hold(holder, sequence, holds[holder], LATER, 0);
      } else {
        holds[holder] -= Math.min(holds[holder], cost);
        underWay.add(new Word(holder, sequence, holds[holder]));
      }
      if (!underWay.isEmpty() && random.nextBoolean()) {
        Word word = underWay.get(random.nextInt(underWay.size()));
        permits.hold(word.holder, word.sequence, word.holds, LATER, 0);
      }
      long all = 0;
      for (long each : holds) {
        all += each;
      }
      assertThat(all).isLessThanOrEqualTo(10);
    }
    for (int holder = 0; holder < holds.length; holder++) {
      permits.hold(holder, ++sequences[holder], holds[holder], LATER, 0);
    }
    assertThat(permits.held(0)).isEqualTo(holds[0] + holds[1] + holds[2] + holds[3]);
  }
}
