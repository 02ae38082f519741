package io.apitwo.decide;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.limit.Charge;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Receipt;
import io.apitwo.limit.Standing;
import io.apitwo.limit.Subject;
import io.apitwo.limit.Window;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AccumulatorTest {
  private static final Limit LIMIT = new Limit("a", List.of(new Quota(Window.DAY, 10)));

  private final Accumulator<String> accumulator = new Accumulator<>();
  private final List<String> answers = new ArrayList<>();

  private static Charge charge(String client) {
    return new Charge(List.of(new Subject(LIMIT, client)), 1);
  }

  private static Grant grant(int granted, long left) {
    return new Grant(
        granted,
        0,
        new Standing(
            new long[] {left}, new long[] {1_000}, 0, 0, new Receipt(0, new long[1], new long[1])));
  }

  private void settle(long number, Grant... grants) {
    accumulator.settle(
        number,
        List.of(grants),
        0,
        (who, decision) -> answers.add(who + (decision.allowed() ? "+" : "-") + decision.left(0)));
  }

  @Test
  void equal_charges_become_one_demand_and_only_the_first_opens_a_batch() {
    assertThat(accumulator.park(charge("x"), "1")).isTrue();
    assertThat(accumulator.park(charge("y"), "2")).isFalse();
    assertThat(accumulator.park(charge("x"), "3")).isFalse();
    assertThat(accumulator.seal().demands())
        .containsExactly(new Demand(charge("x"), 2), new Demand(charge("y"), 1));
    assertThat(accumulator.park(charge("x"), "4")).isTrue();
  }

  @Test
  void the_first_come_are_served_first_and_told_what_was_left_then() {
    accumulator.park(charge("x"), "a");
    accumulator.park(charge("x"), "b");
    accumulator.park(charge("x"), "c");
    settle(accumulator.seal().number(), grant(2, 0));
    assertThat(answers).containsExactly("a+1", "b+0", "c-0");
  }

  @Test
  void batches_may_be_answered_in_any_order_and_each_only_once() {
    accumulator.park(charge("x"), "a");
    long first = accumulator.seal().number();
    accumulator.park(charge("x"), "b");
    long second = accumulator.seal().number();
    settle(second, grant(1, 7));
    settle(first, grant(1, 8));
    settle(first, grant(1, 8));
    assertThat(answers).containsExactly("b+7", "a+8");
  }

  @Test
  void an_abandoned_batch_gives_up_its_waiters_and_takes_no_answer() {
    accumulator.park(charge("x"), "a");
    accumulator.park(charge("y"), "b");
    long number = accumulator.seal().number();
    assertThat(accumulator.abandon(number)).containsExactly("a", "b");
    settle(number, grant(1, 8), grant(1, 8));
    assertThat(answers).isEmpty();
  }
}
