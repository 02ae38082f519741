package io.apitwo.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class AttemptsTest {
  private long now = -5;
  private final Attempts attempts = new Attempts(() -> now);

  private void fail(String address, int times) {
    for (int i = 0; i < times; i++) {
      attempts.failed(address);
    }
  }

  @Test
  void ten_failures_a_minute_are_forgiven_when_it_is_over() {
    fail("a", Attempts.MOST - 1);
    assertThat(attempts.waitSeconds("a")).isZero();
    now += TimeUnit.SECONDS.toNanos(20);
    fail("a", 1);
    assertThat(attempts.waitSeconds("a")).isEqualTo(40);
    assertThat(attempts.waitSeconds("b")).isZero();
    now += TimeUnit.SECONDS.toNanos(40);
    assertThat(attempts.waitSeconds("a")).isZero();
    fail("a", 1);
    assertThat(attempts.waitSeconds("a")).isZero();
  }

  @Test
  void failures_of_another_minute_do_not_count() {
    fail("a", Attempts.MOST - 1);
    now += TimeUnit.SECONDS.toNanos(60);
    fail("a", Attempts.MOST - 1);
    assertThat(attempts.waitSeconds("a")).isZero();
  }

  @Test
  void only_so_many_addresses_are_remembered() {
    fail("a", Attempts.MOST);
    for (int i = 0; i < Attempts.MOST_ADDRESSES; i++) {
      attempts.failed("10." + i);
    }
    assertThat(attempts.waitSeconds("a")).isZero();
  }
}
