package io.apitwo.identify;

import io.apitwo.rules.ApiKeyHash;
import io.apitwo.rules.ApiKeyText;
import io.apitwo.rules.Identity.ApiKey;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Remembers what a directory said of API keys: for a minute what it knows, for some seconds what it
 * does not, and while it gives no answer what it knew, for up to ten minutes. For a second after a
 * lookup without an answer it is better not asked again.
 *
 * <p>Confined to one event loop.
 */
final class FoundApiKeys {
  private static final long NANOS_PER_SECOND = 1_000_000_000;
  private static final long KNOWN_NANOS = 60 * NANOS_PER_SECOND;
  private static final long UNKNOWN_NANOS = 10 * NANOS_PER_SECOND;
  private static final long WITHOUT_ANSWER_NANOS = 600 * NANOS_PER_SECOND;
  private static final long PAUSE_NANOS = NANOS_PER_SECOND;
  private static final int MOST_KNOWN = 10_000;
  private static final int MOST_UNKNOWN = 1_000;

  private final LongSupplier nanoClock;
  private final Map<String, Found> known = bounded(MOST_KNOWN);
  private final Map<String, Long> unknown = bounded(MOST_UNKNOWN);
  private boolean silent;
  private long silentNanos;

  /** A key that the directory knew. */
  record Found(ApiKey key, ApiKeyHash hash, long heardNanos) {}

  FoundApiKeys(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
  }

  private static <T> Map<String, T> bounded(int most) {
    return new LinkedHashMap<>(16, 0.75f, true) {
      private static final long serialVersionUID = 1L;

      @Override
      protected boolean removeEldestEntry(Map.Entry<String, T> eldest) {
        return size() > most;
      }
    };
  }

  /** Null for what has to be asked for, as soon as there is somebody to ask. */
  @Nullable Found known(String id) {
    Found found = known.get(id);
    long nanos = isSilent() ? WITHOUT_ANSWER_NANOS : KNOWN_NANOS;
    return found != null && nanoClock.getAsLong() - found.heardNanos() < nanos ? found : null;
  }

  /** Whether a key is what the directory knew last by its name, however long ago. */
  boolean wasRight(ApiKeyText text) {
    Found found = known.get(text.id());
    return found != null && found.hash().matches(text);
  }

  /** Whether the directory has just given no answer. */
  boolean isSilent() {
    silent = silent && nanoClock.getAsLong() - silentNanos < PAUSE_NANOS;
    return silent;
  }

  /** Whether the directory said a short while ago that it does not know a key. */
  boolean isUnknown(String id) {
    Long until = unknown.get(id);
    if (until != null && nanoClock.getAsLong() - until >= 0) {
      unknown.remove(id);
      return false;
    }
    return until != null;
  }

  /** The directory's answer; null fields for none. */
  void heard(String id, @Nullable Map<String, String> fields) {
    long now = nanoClock.getAsLong();
    silent = fields == null;
    if (fields == null) {
      silentNanos = now;
      return;
    }
    ApiKey key = ApiKey.of(id, fields);
    ApiKeyHash hash = key == null ? null : ApiKeyHash.parse(key.hash());
    if (key == null || hash == null) {
      known.remove(id);
      unknown.put(id, now + UNKNOWN_NANOS);
    } else {
      unknown.remove(id);
      known.put(id, new Found(key, hash, now));
    }
  }
}
