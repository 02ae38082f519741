package io.apitwo.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.limit.Algorithm;
import io.apitwo.limit.ConcurrencyQuota;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Quota;
import io.apitwo.limit.RateQuota;
import io.apitwo.limit.Window;
import io.apitwo.rules.Adjustments.Boost;
import io.apitwo.rules.Clients.Missing;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class AdjustmentsTest {
  private static final Instant NOW = Instant.parse("2025-06-29T15:38:07Z");
  private static final Clients BY = new Clients(List.of(), false, Missing.ADDRESS);

  private static LimitRule rule(Limit limit) {
    return new LimitRule(limit, Map.of(), BY, Effect.BY_DEFAULT, Told.BY_DEFAULT);
  }

  private static Adjustments boost(double factor) {
    return new Adjustments(Map.of("c", new Boost(factor, NOW.plusSeconds(5))), Map.of());
  }

  @Test
  void a_boost_multiplies_every_kind_of_quota_of_its_client_alone() {
    Limit windows = new Limit("w", List.of(Quota.of(Window.HOUR, 5), Quota.of(Window.DAY, 50)));
    Limit tokens = Limit.of("t", Algorithm.TOKEN_BUCKET, new RateQuota(10, 1_000_000, 20));
    Limit flights = Limit.of("f", Algorithm.CONCURRENCY, new ConcurrencyQuota(3));
    Adjustments half = boost(2.5);
    assertThat(half.limitOf(rule(windows), "c").quotas())
        .containsExactly(Quota.of(Window.HOUR, 13), Quota.of(Window.DAY, 125));
    assertThat(half.limitOf(rule(tokens), "c").quotas())
        .containsExactly(new RateQuota(5, 200_000, 50));
    assertThat(half.limitOf(rule(flights), "c").quotas()).containsExactly(new ConcurrencyQuota(8));
    assertThat(half.limitOf(rule(windows), "d")).isSameAs(windows);
    assertThat(half.limitOf(rule(windows), "c")).isSameAs(half.limitOf(rule(windows), "c"));
  }

  @Test
  void what_is_over_is_gone_and_what_is_not_stays_the_same_object() {
    Adjustments both =
        new Adjustments(
            Map.of("c", new Boost(2, NOW.plusSeconds(5))), Map.of("d", NOW.plusSeconds(9)));
    assertThat(both.at(NOW)).isSameAs(both);
    assertThat(both.at(NOW.plusSeconds(5)).boosts()).isEmpty();
    assertThat(both.at(NOW.plusSeconds(5)).blockedUntil("d")).isEqualTo(NOW.plusSeconds(9));
    assertThat(both.at(NOW.plusSeconds(9)).isEmpty()).isTrue();
  }

  @Property
  void a_rate_is_multiplied_within_a_thousandth_of_the_factor_and_stays_a_rate(
      @ForAll @LongRange(min = 1, max = Quota.MOST) long tokens,
      @ForAll @LongRange(min = 1, max = 2_678_400_000_000L) long period,
      @ForAll @LongRange(min = 1, max = Quota.MOST) long burst,
      @ForAll @DoubleRange(min = 0.01, max = 1_000) double factor) {
    long most = RateQuota.mostBurst(tokens, period);
    RateQuota rate = new RateQuota(tokens, period, Math.min(burst, most));
    RateQuota times = rate.times(factor);
    double wanted = factor * tokens / period;
    double got = (double) times.tokens() / times.periodMicros();
    boolean rounded = times.periodMicros() < 1_000; // a period of few microseconds
    assertThat(got).isGreaterThan(0);
    if (!rounded) {
      assertThat(Math.abs(got - wanted)).isLessThanOrEqualTo(wanted * 0.051);
    }
    assertThat(times.burst())
        .isBetween(1L, RateQuota.mostBurst(times.tokens(), times.periodMicros()));
  }
}
