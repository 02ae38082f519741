package io.apitwo.identify;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.rules.Identity.Failures;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class FailureGuardTest {
  private static final Failures TEN_A_SECOND = new Failures(10, 1_000_000);

  private long nanos = -5;
  private final FailureGuard guard = new FailureGuard(() -> nanos);

  private int attempts(String client, int most) {
    int taken = 0;
    for (int i = 0; i < most; i++) {
      taken += guard.take(client, TEN_A_SECOND) == 0 ? 1 : 0;
    }
    return taken;
  }

  @Test
  void so_many_at_once_and_then_as_they_come_back() {
    assertThat(attempts("a", 100)).isEqualTo(10);
    nanos += 350_000_000;
    assertThat(attempts("a", 100)).isEqualTo(3);
    nanos += 3_600_000_000_000L;
    assertThat(attempts("a", 100)).as("saved up").isEqualTo(10);
  }

  @Test
  void it_says_when_there_will_be_another() {
    Failures threeAnHour = new Failures(3, 3_600_000_000L);
    for (int i = 0; i < 3; i++) {
      assertThat(guard.take("a", threeAnHour)).isZero();
    }
    assertThat(guard.take("a", threeAnHour)).isEqualTo(1_200);
    nanos += 1_199_500_000_000L;
    assertThat(guard.take("a", threeAnHour)).isEqualTo(1);
    nanos += 500_000_000L;
    assertThat(guard.take("a", threeAnHour)).isZero();
  }

  @Test
  void what_is_given_back_can_be_taken_again() {
    for (int i = 0; i < 1_000; i++) {
      assertThat(guard.take("a", TEN_A_SECOND)).isZero();
      guard.giveBack("a", TEN_A_SECOND);
    }
    assertThat(attempts("a", 100)).isEqualTo(10);
  }

  @Test
  void addresses_are_told_apart_but_for_few_and_none_is_unlimited() {
    List<Integer> taken =
        IntStream.range(0, 1_000).mapToObj(i -> attempts("10.0.0." + i, 20)).toList();
    assertThat(taken).allMatch(each -> each <= 10);
    assertThat(taken.stream().filter(each -> each == 10).count()).isGreaterThan(950);
  }

  @Test
  void many_threads_take_no_more_than_there_is() {
    List<CompletableFuture<Integer>> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      threads.add(CompletableFuture.supplyAsync(() -> attempts("a", 1_000)));
    }
    assertThat(threads.stream().mapToInt(CompletableFuture::join).sum()).isEqualTo(10);
  }
}
