package io.apitwo.telemetry;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A client that is among the most frequent ones.
 *
 * @param count how often it came, at most
 * @param error by how much that may be too high
 */
public record Frequent(String client, long count, long error) {
  static final Comparator<Frequent> FIRST =
      Comparator.comparingLong(Frequent::count).reversed().thenComparing(Frequent::client);

  /**
   * What several counters know together (P. Agarwal and others, "Mergeable Summaries", PODS 2012):
   * counts and errors add up, and one that does not know a key may have missed as many as its least
   * frequent one has. So the bound is that of one counter for all.
   *
   * @param most how many are told
   */
  static List<Frequent> merge(List<SpaceSaving.Heard> all, int most) {
    Map<String, long[]> sums = new HashMap<>(); // count, error, and what those who know it may miss
    long missed = 0;
    for (SpaceSaving.Heard heard : all) {
      missed += heard.most();
      for (Frequent each : heard.frequent()) {
        long[] sum = sums.computeIfAbsent(each.client, first -> new long[3]);
        sum[0] += each.count;
        sum[1] += each.error;
        sum[2] += heard.most();
      }
    }
    List<Frequent> merged = new ArrayList<>(sums.size());
    for (Map.Entry<String, long[]> each : sums.entrySet()) {
      long[] sum = each.getValue();
      long unknown = missed - sum[2];
      merged.add(new Frequent(each.getKey(), sum[0] + unknown, sum[1] + unknown));
    }
    merged.sort(FIRST);
    return List.copyOf(merged.subList(0, Math.min(most, merged.size())));
  }
}
