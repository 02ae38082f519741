package io.apitwo.config;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What values that were read before turned out to be, by their keys, so that each is looked at
 * once. Anybody who reaches the cluster can make up keys, so those that were not asked for longest
 * are forgotten. For any thread.
 */
final class KnownEntries {
  /** More than there are nodes and documents. */
  static final int MOST = 1_000;

  private final Map<String, Known> known = new LinkedHashMap<>(16, 0.75f, true);

  private record Known(String value, @Nullable Entry entry) {}

  /**
   * @param reading used when the key has another value than before
   */
  synchronized @Nullable Entry get(
      String key, String value, Function<String, @Nullable Entry> reading) {
    Known before = known.get(key);
    if (before != null && before.value.equals(value)) {
      return before.entry;
    }
    Entry entry = reading.apply(value);
    known.put(key, new Known(value, entry));
    Iterator<String> eldest = known.keySet().iterator();
    while (known.size() > MOST) {
      eldest.next();
      eldest.remove();
    }
    return entry;
  }

  synchronized void forget(String key) {
    known.remove(key);
  }

  synchronized int size() {
    return known.size();
  }
}
