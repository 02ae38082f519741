package io.apitwo.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.rules.Upstream;
import java.net.ConnectException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class BalancerTest {
  private static final Upstream.Target A = new Upstream.Target(false, "a", 80);
  private static final Upstream.Target B = new Upstream.Target(false, "b", 80);
  private static final Upstream.Servers BOTH =
      new Upstream.Servers("x", List.of(A, B), Duration.ofSeconds(1), Duration.ofSeconds(1));

  private static final Exception REFUSED = new ConnectException("refused");

  private final AtomicLong nanos = new AtomicLong();
  private final Balancer balancer = new Balancer(nanos::get, new TargetOutages(nanos::get));

  private List<Upstream.Target> next(int count) {
    return java.util.stream.IntStream.range(0, count).mapToObj(i -> balancer.next(BOTH)).toList();
  }

  @Test
  void targets_are_taken_in_turn() {
    assertThat(next(4)).containsExactly(B, A, B, A);
  }

  @Test
  void each_upstream_has_a_turn_of_its_own() {
    Upstream.Servers other =
        new Upstream.Servers("y", List.of(A, B), Duration.ofSeconds(1), Duration.ofSeconds(1));
    for (int i = 0; i < 2; i++) {
      assertThat(balancer.next(BOTH)).isEqualTo(i == 0 ? B : A);
      assertThat(balancer.next(other)).isEqualTo(i == 0 ? B : A);
    }
  }

  @Test
  void a_target_that_failed_is_passed_over_for_a_while() {
    balancer.failed(A, REFUSED);
    assertThat(next(4)).containsOnly(B);
    nanos.addAndGet(Duration.ofSeconds(Balancer.COOL_DOWN_SECONDS).toNanos());
    assertThat(next(4)).contains(A, B);
  }

  @Test
  void when_all_failed_they_are_tried_all_the_same() {
    balancer.failed(A, REFUSED);
    balancer.failed(B, REFUSED);
    assertThat(next(4)).contains(A, B);
  }
}
