package io.apitwo.count;

/**
 * What Redis's clock shows at least, from the times that its answers carry. An answer was written
 * before it arrived, so its time, moved on by what has passed here since it arrived, never runs
 * ahead of Redis; of several such bounds the highest is kept.
 *
 * <p>Unless Redis's clock was set back: an answer that is older than what the clock must have shown
 * when the question was sent proves it, and then that answer counts alone.
 *
 * <p>Confined to one thread.
 */
final class RedisClock {
  private long micros;
  private long atNanos;

  /**
   * @param micros Redis's time in microseconds, as an answer carries it
   * @param nowNanos this instant of the nano clock
   */
  RedisClock(long micros, long nowNanos) {
    this.micros = micros;
    this.atNanos = nowNanos;
  }

  /** Takes an answer's time. */
  void observe(long answerMicros, long sentNanos, long nowNanos) {
    if (answerMicros >= atLeast(nowNanos) || answerMicros < atLeast(sentNanos)) {
      micros = answerMicros;
      atNanos = nowNanos;
    }
  }

  /** Redis's time in microseconds at an instant of the nano clock, or somewhat less. */
  long atLeast(long nanos) {
    return micros + Math.floorDiv(nanos - atNanos, 1_000L);
  }
}
