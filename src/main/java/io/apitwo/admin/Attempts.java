package io.apitwo.admin;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * What went wrong of late, by address: after {@value #MOST} times within a minute it is enough for
 * the rest of it. Remembers the {@value #MOST_ADDRESSES} addresses that failed last. Not for
 * several threads.
 */
final class Attempts {
  static final int MOST = 10;
  static final int MOST_ADDRESSES = 10_000;
  private static final long WINDOW_NANOS = 60_000_000_000L;

  private final LongSupplier nanoTime;
  private final Map<String, Failed> byAddress =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Failed> eldest) {
          return size() > MOST_ADDRESSES;
        }
      };

  private record Failed(long sinceNanos, int times) {}

  Attempts(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** How many seconds an address has to wait; 0 when it may try. */
  long waitSeconds(String address) {
    Failed failed = byAddress.get(address);
    if (failed == null || failed.times < MOST) {
      return 0;
    }
    long left = WINDOW_NANOS - (nanoTime.getAsLong() - failed.sinceNanos);
    if (left <= 0) {
      byAddress.remove(address);
      return 0;
    }
    return (left + 999_999_999) / 1_000_000_000;
  }

  /** It went wrong for an address. */
  void failed(String address) {
    long now = nanoTime.getAsLong();
    Failed before = byAddress.remove(address);
    boolean recent = before != null && now - before.sinceNanos < WINDOW_NANOS;
    byAddress.put(
        address, recent ? new Failed(before.sinceNanos, before.times + 1) : new Failed(now, 1));
  }
}
