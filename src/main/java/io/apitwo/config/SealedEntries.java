package io.apitwo.config;

import io.apitwo.telemetry.ConfigMeter;
import org.jspecify.annotations.Nullable;

/**
 * What travels between nodes, sealed: entries and messages. What was sealed by somebody else is
 * counted, said now and then, and has no effect. For any thread.
 */
final class SealedEntries implements EntryWriting {
  private final Seal seal;
  private final Refusals refusals;

  SealedEntries(Seal seal, ConfigMeter meter) {
    this.seal = seal;
    this.refusals = new Refusals(meter);
  }

  @Override
  public String write(String document, Entry entry) {
    return seal.seal(purpose(document), EntryForm.write(entry));
  }

  /** Null for what nobody of the cluster wrote. */
  @Override
  public @Nullable Entry read(String document, @Nullable String sealed) {
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
      refusals.add(
          "not sealed with cluster.secret, ignored: "
              + purpose
              + " (expected: alike on all nodes)");
    }
    return text;
  }

  /** Something that was sealed is not what it should be. */
  void refuse(String purpose) {
    refusals.add("sealed, but cannot be read, ignored: " + purpose);
  }

  private static String purpose(String document) {
    return "entry of " + document;
  }
}
