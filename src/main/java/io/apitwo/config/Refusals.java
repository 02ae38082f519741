package io.apitwo.config;

import io.apitwo.telemetry.ConfigMeter;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What came and had no effect: each is counted, and one of them said in ten seconds. */
final class Refusals {
  private static final Logger log = LoggerFactory.getLogger(Refusals.class);
  private static final long SAY_NANOS = 10_000_000_000L;

  private final ConfigMeter meter;
  private long saidNanos = System.nanoTime() - SAY_NANOS;

  Refusals(ConfigMeter meter) {
    this.meter = meter;
  }

  /**
   * For any thread.
   *
   * @param why for the log; nothing of what came is in it
   */
  synchronized void add(String why) {
    meter.forged();
    long now = System.nanoTime();
    if (now - saidNanos >= SAY_NANOS) {
      saidNanos = now;
      log.warn("{}", why);
    }
  }
}
