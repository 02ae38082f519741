package io.apitwo.drill;

import io.apitwo.drill.Answers.Answer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * How long answers took, from when they were due: percentiles of the nearest rank.
 *
 * @param sorted microseconds, ascending
 */
record Latencies(long[] sorted) {
  private static final int BUCKET_MILLIS = 100;

  static Latencies of(Answers answers) {
    long[] micros = answers.all().stream().mapToLong(Answer::micros).toArray();
    Arrays.sort(micros);
    return new Latencies(micros);
  }

  /** Of those that were sent within each 100 ms, by the beginning in epoch milliseconds. */
  static Map<Long, Latencies> buckets(Answers answers) {
    Map<Long, java.util.List<Answer>> parts =
        answers.all().stream()
            .collect(
                Collectors.groupingBy(
                    answer -> answer.sentMillis() / BUCKET_MILLIS * BUCKET_MILLIS,
                    TreeMap::new,
                    Collectors.toList()));
    Map<Long, Latencies> buckets = new TreeMap<>();
    parts.forEach((start, part) -> buckets.put(start, of(new Answers(part))));
    return buckets;
  }

  /** At a rank of all, such as 0.99, in milliseconds; 0 of none. */
  double millis(double rank) {
    int index = (int) Math.ceil(rank * sorted.length) - 1;
    return sorted.length == 0 ? 0 : sorted[Math.max(0, index)] / 1_000.0;
  }

  /** In words, with the worst 100 ms, counted from an instant. */
  static String line(Answers answers, long fromMillis) {
    Latencies all = of(answers);
    Map.Entry<Long, Latencies> worst =
        buckets(answers).entrySet().stream()
            .max(Comparator.comparingDouble(bucket -> bucket.getValue().millis(0.99)))
            .orElse(Map.entry(fromMillis, all));
    return String.format(
        Locale.ROOT,
        "n=%d p50=%.1f p99=%.1f p99.9=%.1f max=%.1f ms, worst 100 ms: p99=%.1f at %+d ms",
        all.sorted.length,
        all.millis(0.5),
        all.millis(0.99),
        all.millis(0.999),
        all.millis(1),
        worst.getValue().millis(0.99),
        worst.getKey() - fromMillis);
  }
}
