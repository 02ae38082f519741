package io.apitwo.config;

import io.apitwo.telemetry.ConfigMeter;
import org.jspecify.annotations.Nullable;

/** Entries of nodes without a secret in common: whoever can write there can forge them. */
public final class PlainEntries implements EntryWriting {
  private final Refusals refusals;

  public PlainEntries(ConfigMeter meter) {
    this.refusals = new Refusals(meter);
  }

  @Override
  public String write(String document, Entry entry) {
    return EntryForm.write(entry);
  }

  @Override
  public @Nullable Entry read(String document, @Nullable String written) {
    try {
      return written == null ? null : EntryForm.read(written);
    } catch (IllegalArgumentException e) {
      refusals.add("no entry of a document, ignored: entry of " + document);
      return null;
    }
  }
}
