package io.apitwo.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class RateQuotaTest {
  private static final long DAY = 86_400_000_000L;

  @Property
  void all_shares_together_are_no_more_than_the_whole(
      @ForAll("rates") long tokens,
      @ForAll @LongRange(min = 1, max = RateQuota.MOST_UNITS) long period,
      @ForAll("rates") long burst,
      @ForAll @IntRange(min = 1, max = 100_000) int nodes) {
    RateQuota whole =
        new RateQuota(tokens, period, Math.min(burst, RateQuota.mostBurst(tokens, period)));
    RateQuota share = whole.share(nodes);
    assertThat(share.burst()).isEqualTo(Math.max(1, whole.burst() / nodes));
    if (share.periodMicros() < RateQuota.MOST_UNITS) {
      assertThat(rate(share).multiply(BigInteger.valueOf(nodes)).multiply(big(period)))
          .isEqualTo(big(tokens).multiply(big(share.periodMicros())));
    }
  }

  private static BigInteger rate(RateQuota quota) {
    return big(quota.tokens());
  }

  private static BigInteger big(long value) {
    return BigInteger.valueOf(value);
  }

  @Provide
  Arbitrary<Long> rates() {
    return Arbitraries.oneOf(
        Arbitraries.longs().between(1, 1_000), Arbitraries.longs().between(1, Quota.MOST));
  }

  @Test
  void a_share_of_an_odd_rate_is_exact() {
    assertThat(new RateQuota(10, 1_000_000, 20).share(3)).isEqualTo(new RateQuota(1, 300_000, 6));
    assertThat(new RateQuota(1_001, DAY, 52_000).share(7).burst()).isEqualTo(7_428);
  }

  @Test
  void a_bucket_that_cannot_be_counted_exactly_is_refused_with_what_can() {
    assertThat(RateQuota.mostBurst(1_001, DAY)).isEqualTo(52_124);
    assertThatThrownBy(() -> new RateQuota(1_001, DAY, 52_125))
        .hasMessage("burst: 52125 (expected: at most 52124 at that rate)");
    assertThat(RateQuota.mostBurst(1, 1)).isEqualTo(Quota.MOST);
    assertThat(RateQuota.mostBurst(1, RateQuota.MOST_UNITS)).isEqualTo(1);
  }

  @Test
  void a_bucket_is_full_again_after_its_nominal_time() {
    assertThat(new RateQuota(10, 1_000_000, 20).nominalSeconds()).isEqualTo(2);
    assertThat(new RateQuota(10, 1_000_000, 25).nominalSeconds()).isEqualTo(3);
    assertThat(new RateQuota(Quota.MOST, 1_000_000, 1).nominalSeconds()).isEqualTo(1);
    assertThat(new RateQuota(1, DAY, 3).nominalSeconds()).isEqualTo(3 * 86_400);
  }
}
