package io.apitwo.config;

import io.apitwo.telemetry.ConfigMeter;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What travels between nodes, sealed: entries and messages. What was sealed by somebody else is
 * counted, said now and then, and has no effect. For any thread.
 */
final class SealedEntries {
  private static final Logger log = LoggerFactory.getLogger(SealedEntries.class);
  private static final long SAY_NANOS = 10_000_000_000L;

  private final Seal seal;
  private final ConfigMeter meter;
  private long saidNanos = System.nanoTime() - SAY_NANOS;

  SealedEntries(Seal seal, ConfigMeter meter) {
    this.seal = seal;
    this.meter = meter;
  }

  String write(String document, Entry entry) {
    return seal.seal(purpose(document), EntryForm.write(entry));
  }

  /** Null for what nobody of the cluster wrote. */
  @Nullable Entry read(String document, @Nullable String sealed) {
    String text = open(purpose(document), sealed);
    try {
      return text == null ? null : EntryForm.read(text);
    } catch (IllegalArgumentException e) {
      refuse(purpose(document));
      return null;
    }
  }

  String seal(String purpose, String text) {
    return seal.seal(purpose, text);
  }

  /** Null for what nobody of the cluster wrote, and for null, which is no forgery. */
  @Nullable String open(String purpose, @Nullable String sealed) {
    String text = seal.open(purpose, sealed);
    if (text == null && sealed != null) {
      refuse(purpose);
    }
    return text;
  }

  private static String purpose(String document) {
    return "entry of " + document;
  }

  private synchronized void refuse(String purpose) {
    meter.forged();
    long now = System.nanoTime();
    if (now - saidNanos >= SAY_NANOS) {
      saidNanos = now;
      log.warn(
          "not sealed with cluster.secret, ignored: {} (expected: alike on all nodes)", purpose);
    }
  }
}
