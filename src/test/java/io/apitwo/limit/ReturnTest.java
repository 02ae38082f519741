package io.apitwo.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReturnTest {
  private static final Subject A =
      new Subject(
          new Limit("a", List.of(Quota.of(Window.MINUTE, 9), Quota.of(Window.DAY, 9))), "x");
  private static final Subject B =
      new Subject(Limit.of("b", Algorithm.CONCURRENCY, new ConcurrencyQuota(9)), "y");
  private static final Subject C =
      new Subject(new Limit("c", List.of(Quota.of(Window.HOUR, 9))), "z");

  private static Return refund(int... which) {
    Charge charge = new Charge(List.of(A, B, C), 3);
    Receipt receipt = new Receipt(5, new long[] {71, 0, 73}, new long[] {1, 2, 0, 3});
    Standing standing = new Standing(new long[4], new long[4], 0, 0, receipt);
    BitSet set = new BitSet();
    for (int each : which) {
      set.set(each);
    }
    return Return.refund(new Decision(charge, true, standing, 0, 0), set);
  }

  @Test
  void a_refund_names_the_counts_of_the_limits_that_give_back_and_no_others() {
    Return back = refund(0, 2);
    assertThat(back.charge()).isEqualTo(new Charge(List.of(A, C), 3));
    assertThat(back.receipt().session()).isEqualTo(5);
    assertThat(back.receipt().epochs()).containsExactly(71, 73);
    assertThat(back.receipt().windows()).containsExactly(1, 2, 3);
    assertThat(back.count()).isEqualTo(1);
    assertThat(back.spent()).isFalse();
    assertThat(refund(2).receipt().windows()).containsExactly(3);
  }

  @Test
  void a_refund_of_all_limits_is_of_the_charge_itself() {
    Return back = refund(0, 1, 2);
    assertThat(back.charge().subjects()).containsExactly(A, B, C);
    assertThat(back.receipt().windows()).containsExactly(1, 2, 0, 3);
  }

  @Test
  void only_what_counts_in_fixed_windows_can_be_refunded() {
    assertThatThrownBy(() -> B.limit().refunding())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("limit b: refundable (expected: only with fixed windows)");
    assertThat(new Charge(List.of(A, B), 1).isRefundable()).isFalse();
    Subject refunding = new Subject(A.limit().refunding(), "x");
    assertThat(new Charge(List.of(B, refunding), 1).isRefundable()).isTrue();
  }
}
