package io.apitwo.decide;

import static io.apitwo.decide.Grants.charge;
import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.count.EmbeddedStore;
import io.apitwo.limit.Demand;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Return;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReturnQueueTest {
  private final EmbeddedStore store =
      new EmbeddedStore(() -> Instant.parse("2025-06-29T15:38:07Z"), () -> 0, 1_000, 1);
  private final ReturnQueue queue =
      new ReturnQueue(
          (returns, done) -> store.giveBack(returns).onComplete(given -> done.run()), 2);
  private int done;

  private Grant settle(int count) {
    return store.settle(List.of(new Demand(charge("x"), count))).result().get(0);
  }

  @Test
  void all_that_is_given_back_can_be_used_again() {
    Return one = new Return(charge("x"), 1, settle(1_000).standing().receipt());
    queue.add(Collections.nCopies(5, one), () -> done++);
    queue.add(List.of(), () -> done++);
    assertThat(done).isEqualTo(2);
    assertThat(settle(100).granted()).isEqualTo(5);
  }

  @Test
  void what_comes_while_a_call_is_under_way_goes_together_with_the_next() {
    List<Integer> calls = new ArrayList<>();
    List<Runnable> answers = new ArrayList<>();
    ReturnQueue slow =
        new ReturnQueue(
            (returns, answered) -> {
              calls.add(returns.size());
              answers.add(answered);
            },
            3);
    Return one = new Return(charge("x"), 1, settle(1).standing().receipt());
    for (int i = 0; i < 5; i++) {
      slow.add(List.of(one), () -> done++);
    }
    assertThat(done).isZero();
    answers.get(0).run();
    assertThat(done).isEqualTo(1);
    answers.get(1).run();
    assertThat(done).isEqualTo(4);
    slow.add(List.of(), () -> done++);
    assertThat(done).isEqualTo(4);
    answers.get(2).run();
    assertThat(done).isEqualTo(6);
    assertThat(calls).containsExactly(1, 3, 1);
  }

  @Test
  void a_store_that_answers_at_once_takes_any_number_of_them() {
    Return one = new Return(charge("x"), 1, settle(1_000).standing().receipt());
    queue.add(Collections.nCopies(400_000, one), () -> done++);
    assertThat(done).isEqualTo(1);
    assertThat(settle(2_000).granted()).isEqualTo(1_000);
  }
}
