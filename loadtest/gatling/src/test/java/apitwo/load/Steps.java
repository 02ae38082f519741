package apitwo.load;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** What became of the requests of each step of a load that grows. */
final class Steps {
  /** Of a response time: one that took longer means that the step was too much. */
  static final long BOUND_MILLIS = 250;

  private final List<Queue<Long>> millis;
  private final List<AtomicBoolean> failed;

  Steps(int count) {
    millis =
        Stream.generate(() -> (Queue<Long>) new ConcurrentLinkedQueue<Long>())
            .limit(count)
            .toList();
    failed = Stream.generate(AtomicBoolean::new).limit(count).toList();
  }

  void answered(int step, long tookMillis) {
    millis.get(step).add(tookMillis);
  }

  void failed(int step) {
    failed.get(step).set(true);
  }

  /** Whether nothing failed and 95 of 100 were answered within the bound, so far. */
  boolean isGood(int step) {
    var sorted = millis.get(step).stream().sorted().toList();
    return !failed.get(step).get()
        && !sorted.isEmpty()
        && sorted.get((sorted.size() - 1) * 95 / 100) <= BOUND_MILLIS;
  }

  /** Whether the two steps before one were not good: one alone may be the machine's own doing. */
  boolean isOver(int step) {
    return step > 1 && !isGood(step - 1) && !isGood(step - 2);
  }

  /** The number of the highest step that was good, counted from one; zero without any. */
  int highestGood() {
    return IntStream.range(0, millis.size())
        .filter(this::isGood)
        .map(step -> step + 1)
        .max()
        .orElse(0);
  }
}
