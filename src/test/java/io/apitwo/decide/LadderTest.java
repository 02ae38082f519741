package io.apitwo.decide;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Charge;
import io.apitwo.limit.ConcurrencyQuota;
import io.apitwo.limit.Grant;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Quota;
import io.apitwo.limit.RateQuota;
import io.apitwo.limit.Receipt;
import io.apitwo.limit.Return;
import io.apitwo.limit.Standing;
import io.apitwo.limit.Subject;
import io.apitwo.limit.Window;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** A decision of the store that comes after the ladder's own: what passed is counted once. */
class LadderTest {
  private static final Charge MIXED =
      new Charge(
          List.of(
              new Subject(Limit.of("fixed", Algorithm.FIXED, Quota.of(Window.MINUTE, 100)), "c"),
              new Subject(Limit.of("slides", Algorithm.SLIDING, Quota.of(Window.HOUR, 100)), "c"),
              new Subject(
                  Limit.of("tokens", Algorithm.TOKEN_BUCKET, new RateQuota(100, 60_000_000, 100)),
                  "c"),
              new Subject(
                  Limit.of("flight", Algorithm.CONCURRENCY, new ConcurrencyQuota(100)), "c")),
          1);

  private final Ladder ladder = Grants.ladder(1);
  private final Grant local = ladder.decide(MIXED, 7);
  private final Map<String, Long> back = new TreeMap<>();
  private final Map<String, Long> charged = new TreeMap<>();

  /** The store's, in the windows in which the ladder decided, but for as much later. */
  private void late(int granted, int fixedWindow, int slidingWindow) {
    long[] windows = local.standing().receipt().windows().clone();
    windows[0] += fixedWindow;
    windows[1] += slidingWindow;
    Receipt receipt = new Receipt(1, new long[] {1, 2, 3, 4}, windows);
    long[] left = {50, 50, 50, 50};
    Standing standing = new Standing(left, new long[] {1_000, 1_000, 1_000, 0}, 0, 0, receipt);
    for (Return each : ladder.decidedLate(MIXED, local, new Grant(granted, 0, standing))) {
      each.charge().subjects().forEach(s -> back.put(s.limit().name(), each.count()));
      assertThat(each.receipt().epochs()).hasSize(each.charge().subjects().size());
      assertThat(each.receipt().windows()).hasSize(each.charge().buckets());
    }
    ladder.someHits(10, 0).forEach(hit -> charged.put(hit.subject().limit().name(), hit.amount()));
  }

  @Test
  void what_the_store_has_counted_stands_but_for_permits() {
    late(7, 0, 0);
    assertThat(back).isEqualTo(Map.of("flight", 7L));
    assertThat(charged).isEmpty();
  }

  @Test
  void what_it_has_not_counted_is_charged() {
    late(0, 0, 0);
    assertThat(back).isEmpty();
    assertThat(charged).isEqualTo(Map.of("fixed", 7L, "slides", 7L, "tokens", 7L));
  }

  @Test
  void what_it_has_counted_beyond_goes_back() {
    late(9, 0, 0);
    assertThat(back).isEqualTo(Map.of("fixed", 2L, "slides", 2L, "tokens", 2L, "flight", 9L));
    assertThat(charged).isEmpty();
  }

  @Test
  void a_fixed_window_that_has_ended_meanwhile_stands_for_nothing() {
    late(7, 1, 1);
    assertThat(back).isEqualTo(Map.of("fixed", 7L, "flight", 7L));
    assertThat(charged).isEqualTo(Map.of("fixed", 7L));
  }
}
