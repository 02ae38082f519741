package io.apitwo.decide;

import java.util.SplittableRandom;

/** How the network is just now, and by chance. */
final class Weather {
  private final VirtualTime time;
  private final SplittableRandom random;
  private long slowUntilNanos;
  private long slowNanos;
  private long cutsBeforeUntilNanos;
  private long cutsAfterUntilNanos;

  Weather(VirtualTime time, SplittableRandom random) {
    this.time = time;
    this.random = random;
  }

  void slow(long untilNanos, long latencyNanos) {
    slowUntilNanos = untilNanos;
    slowNanos = latencyNanos;
  }

  void cutBefore(long untilNanos) {
    cutsBeforeUntilNanos = untilNanos;
  }

  void cutAfter(long untilNanos) {
    cutsAfterUntilNanos = untilNanos;
  }

  void clear() {
    slowUntilNanos = 0;
    cutsBeforeUntilNanos = 0;
    cutsAfterUntilNanos = 0;
  }

  /** Of one way. */
  long latencyNanos() {
    long usual = 100_000 + random.nextLong(400_000);
    return time.nanos() < slowUntilNanos ? usual + random.nextLong(slowNanos) : usual;
  }

  boolean cutsBefore() {
    return time.nanos() < cutsBeforeUntilNanos && random.nextInt(4) == 0;
  }

  boolean cutsAfter() {
    return time.nanos() < cutsAfterUntilNanos && random.nextInt(4) == 0;
  }
}
