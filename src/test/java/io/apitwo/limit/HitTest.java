package io.apitwo.limit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class HitTest {
  private static final Subject SUBJECT =
      new Subject(
          new Limit("a", List.of(Quota.of(Window.MINUTE, 5), Quota.of(Window.HOUR, 50))), "c");

  private static Hit hit(long minute, long inMinute, long hour, long inHour) {
    return new Hit(
        SUBJECT,
        new long[] {minute, hour},
        new long[] {inMinute, inHour},
        new long[] {minute * 60, hour * 3_600});
  }

  @Test
  void hits_of_the_same_windows_add_up() {
    assertThat(hit(1, 2, 1, 2).plus(hit(1, 3, 1, 3)))
        .usingRecursiveComparison()
        .isEqualTo(hit(1, 5, 1, 5));
  }

  @Test
  void of_two_windows_the_later_one_is_kept_whichever_comes_first() {
    Hit sum = hit(2, 3, 1, 5);
    assertThat(hit(1, 2, 1, 2).plus(hit(2, 3, 1, 3))).usingRecursiveComparison().isEqualTo(sum);
    assertThat(hit(2, 3, 1, 3).plus(hit(1, 2, 1, 2))).usingRecursiveComparison().isEqualTo(sum);
  }

  @Test
  void no_more_can_be_taken_back_than_there_is() {
    assertThat(hit(1, 2, 1, 4).plus(hit(1, -3, 1, -3)))
        .usingRecursiveComparison()
        .isEqualTo(hit(1, 0, 1, 1));
  }

  @Test
  void windows_that_are_over_are_dropped_one_by_one() {
    Hit both = hit(1, 2, 1, 7);
    assertThat(both.openAt(59).amounts()).containsExactly(2, 7);
    assertThat(both.openAt(60).amounts()).containsExactly(0, 7);
    assertThat(both.openAt(3_600)).isNull();
  }

  private static Hit tokens(long cost, long passedNanos) {
    Limit limit = Limit.of("t", Algorithm.TOKEN_BUCKET, new RateQuota(10, 1_000_000, 50));
    Subject subject = new Subject(limit, "c");
    long end = passedNanos + new RateQuota(10, 1_000_000, 50).drainNanos(cost);
    return new Hit(subject, new long[1], new long[] {cost}, new long[] {end});
  }

  @Test
  void tokens_that_have_come_back_meanwhile_are_owed_no_more() {
    long second = 1_000_000_000;
    assertThat(tokens(20, 0).openAt(0).amounts()).containsExactly(20);
    assertThat(tokens(20, 0).openAt(second).amounts()).containsExactly(10);
    assertThat(tokens(20, 0).openAt(2 * second)).isNull();
    Hit both = tokens(20, 0).plus(tokens(10, second));
    assertThat(both.openAt(second).amounts()).containsExactly(20);
    assertThat(both.openAt(3 * second)).isNull();
    assertThat(tokens(20, 0).plus(tokens(10, 5 * second)).openAt(5 * second).amounts())
        .containsExactly(10);
  }
}
