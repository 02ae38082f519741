package io.apitwo.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

/** What is counted in few places, beside exact counts. */
class SpaceSavingTest {
  private static final int PLACES = 8;

  private static void check(
      List<Frequent> found, Map<String, Long> exact, long additions, int places) {
    Map<String, Frequent> byClient = new HashMap<>();
    for (Frequent each : found) {
      assertThat(byClient.put(each.client(), each)).isNull();
      long came = exact.getOrDefault(each.client(), 0L);
      assertThat(each.count()).isGreaterThanOrEqualTo(came);
      assertThat(each.count() - each.error()).isLessThanOrEqualTo(came);
      assertThat(each.error()).isLessThanOrEqualTo(additions / places);
    }
    exact.forEach(
        (client, came) -> {
          if (came > additions / places) {
            assertThat(byClient).containsKey(client);
          }
        });
    assertThat(found).isSortedAccordingTo(Frequent.FIRST);
  }

  @Property
  void no_count_is_too_low_or_beyond_its_error_and_nobody_frequent_is_missing(
      @ForAll @Size(max = 400) List<@IntRange(max = 30) Integer> additions) {
    SpaceSaving some = new SpaceSaving(PLACES);
    Map<String, Long> exact = new HashMap<>();
    int added = 0;
    for (int each : additions) {
      String client = "client-" + each * each % 37;
      some.add(client);
      exact.merge(client, 1L, Long::sum);
      check(some.heard().frequent(), exact, ++added, PLACES);
    }
  }

  @Property(tries = 50)
  void several_together_keep_the_bound_of_one(
      @ForAll @LongRange(max = Integer.MAX_VALUE) long seed,
      @ForAll @IntRange(min = 1, max = 5) int counters) {
    SplittableRandom random = new SplittableRandom(seed);
    List<SpaceSaving> all = new ArrayList<>();
    for (int i = 0; i < counters; i++) {
      all.add(new SpaceSaving(PLACES));
    }
    Map<String, Long> exact = new HashMap<>();
    int additions = 5_000;
    for (int i = 0; i < additions; i++) {
      String client = "c" + (int) Math.exp(random.nextDouble() * 8); // a few come often
      all.get(random.nextInt(counters)).add(client);
      exact.merge(client, 1L, Long::sum);
    }
    List<Frequent> merged =
        Frequent.merge(all.stream().map(SpaceSaving::heard).toList(), Integer.MAX_VALUE);
    check(merged, exact, additions, PLACES);
    assertThat(Frequent.merge(all.stream().map(SpaceSaving::heard).toList(), 3)).hasSize(3);
  }

  @Property(tries = 20)
  void what_was_forgotten_is_not_counted(@ForAll @IntRange(min = 1, max = 500) int before) {
    SpaceSaving some = new SpaceSaving(PLACES);
    for (int i = 0; i < before; i++) {
      some.add("old-" + i);
    }
    some.clear();
    some.add("new");
    some.add("new");
    assertThat(some.heard().frequent()).containsExactly(new Frequent("new", 2, 0));
  }
}
