package io.apitwo.decide;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Charge;
import io.apitwo.limit.ConcurrencyQuota;
import io.apitwo.limit.Decision;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Receipt;
import io.apitwo.limit.Return;
import io.apitwo.limit.Standing;
import io.apitwo.limit.Subject;
import java.util.List;
import org.junit.jupiter.api.Test;

class EndingsTest {
  private final Endings endings = new Endings();

  private static Charge charge(String client) {
    Limit limit = Limit.of("c", Algorithm.CONCURRENCY, new ConcurrencyQuota(9));
    return new Charge(List.of(new Subject(limit, client)), 1);
  }

  private static Receipt receipt(long epoch, long window) {
    return new Receipt(1, new long[] {epoch}, new long[] {window});
  }

  private static Decision decision(String client, Receipt receipt) {
    Standing standing = new Standing(new long[] {8}, new long[] {0}, 0, 0, receipt);
    return new Decision(charge(client), true, standing, 0, 0);
  }

  private void assertTaken(Return... returns) {
    assertThat(endings.take())
        .usingRecursiveFieldByFieldElementComparator()
        .containsExactly(returns);
    assertThat(endings.take()).isEmpty();
  }

  @Test
  void equal_charges_are_released_together_and_only_the_first_opens_a_batch() {
    assertThat(endings.add(decision("x", receipt(1, 7)))).isTrue();
    assertThat(endings.add(decision("y", receipt(1, 7)))).isFalse();
    assertThat(endings.add(decision("x", receipt(1, 8)))).isFalse();
    assertTaken(
        new Return(charge("x"), 2, receipt(1, 7), true),
        new Return(charge("y"), 1, receipt(1, 7), true));
    assertThat(endings.add(decision("x", receipt(1, 7)))).isTrue();
  }

  @Test
  void what_was_charged_in_different_lives_of_a_count_is_released_apart() {
    endings.add(decision("x", receipt(1, 7)));
    endings.add(decision("x", receipt(2, 7)));
    endings.add(decision("x", receipt(2, 7)));
    assertTaken(
        new Return(charge("x"), 1, receipt(1, 7), true),
        new Return(charge("x"), 2, receipt(2, 7), true));
  }
}
