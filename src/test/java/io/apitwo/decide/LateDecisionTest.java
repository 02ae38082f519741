package io.apitwo.decide;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.bus.Answer;
import io.apitwo.bus.Ask;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Decision;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Receipt;
import io.apitwo.limit.Return;
import io.apitwo.limit.Standing;
import io.apitwo.limit.Subject;
import io.apitwo.limit.Window;
import io.apitwo.telemetry.DecisionMeter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What becomes of a request whose decision comes too late for its window. */
class LateDecisionTest implements Loop.Outside {
  private static final long MILLI = 1_000_000;
  private static final Charge CHARGE =
      new Charge(
          List.of(new Subject(new Limit("s", List.of(Quota.of(Window.SECOND, 20))), "client")), 1);

  private final ArrayDeque<Runnable> turns = new ArrayDeque<>();
  private final ArrayDeque<Ask> asks = new ArrayDeque<>();
  private final List<@Nullable Decision> decided = new ArrayList<>();
  private long now = 1_000 * MILLI;
  private final Loop loop = new Loop(this, () -> now, DecisionMeter.NONE);

  @Override
  public void afterTurn(Runnable task) {
    turns.add(task);
  }

  @Override
  public void after(long millis, Runnable task) {}

  @Override
  public void ask(List<Ask> more, Runnable lost) {
    asks.addAll(more);
  }

  @Override
  public void giveBack(List<Return> returns) {}

  @Override
  public void giveBack(List<Return> returns, Runnable done) {
    done.run();
  }

  private void turn() {
    while (!turns.isEmpty()) {
      turns.remove().run();
    }
  }

  private void park() {
    loop.decide(CHARGE, decided::add);
    turn();
  }

  /** Answers what is asked, which was sent so long ago. */
  private void answer(long window, long leftMillis, long agoMillis) {
    Standing standing =
        new Standing(
            new long[] {5},
            new long[] {leftMillis},
            now - agoMillis * MILLI,
            0,
            new Receipt(1, new long[] {0}, new long[] {window}));
    loop.settle(List.of(new Answer(asks.remove().ticket(), new Grant(1, 0, standing))));
    turn();
  }

  @Test
  void who_misses_the_end_of_a_window_several_times_is_decided_in_the_next() {
    park();
    for (long tookMillis : new long[] {64, 32, 16, 8, 4, 2}) {
      now += tookMillis * MILLI;
      answer(7, tookMillis - 1, tookMillis);
      assertThat(decided).isEmpty();
    }
    now += 2 * MILLI;
    answer(8, 999, 2);
    assertThat(decided).singleElement().satisfies(each -> assertThat(each.allowed()).isTrue());
  }

  @Test
  void who_misses_three_windows_is_told_that_nobody_can_say() {
    park();
    for (int window = 1; window <= 3; window++) {
      assertThat(decided).isEmpty();
      now += 1_500 * MILLI;
      answer(window, 900, 1_500);
    }
    assertThat(decided).hasSize(1).containsOnlyNulls();
    assertThat(asks).isEmpty();
  }

  @Test
  void nobody_is_asked_for_without_end_while_the_clock_of_the_store_stands_still() {
    park();
    for (int i = 0; i < 1_000 && !asks.isEmpty(); i++) {
      now += 2 * MILLI;
      answer(7, 1, 2);
    }
    assertThat(asks).isEmpty();
    assertThat(decided).hasSize(1).containsOnlyNulls();
  }
}
