package io.apitwo.telemetry;

import io.apitwo.telemetry.DecisionMeter.Source;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The decisions of one limit, by verdict and source, over all loops. Each loop has cells of its own
 * and is their only writer, so counting needs no atomic addition; a reader sums what it sees, which
 * is at most a moment old and never goes back.
 */
final class LimitSeries {
  /** Eight longs, a cache line, on either side: another loop's cells must not share ours. */
  private static final int FIRST = 8;

  private static final int SOURCES = Source.values().length;

  private final Map<Integer, AtomicLongArray> cellsOfLoops = new ConcurrentHashMap<>();

  /** The cells of one loop, which {@link #count} takes; the same ones each time. */
  AtomicLongArray cells(int loop) {
    return cellsOfLoops.computeIfAbsent(
        loop, number -> new AtomicLongArray(FIRST + 2 * SOURCES + FIRST));
  }

  /** Counts one. On the loop that owns the cells, alone. */
  static void count(AtomicLongArray cells, boolean allowed, Source source) {
    int cell = cell(allowed, source);
    cells.setOpaque(cell, cells.getPlain(cell) + 1);
  }

  private static int cell(boolean allowed, Source source) {
    return FIRST + (allowed ? 0 : SOURCES) + source.ordinal();
  }

  /** How many refused so far, whoever decided. On any thread. */
  long refused() {
    long refused = 0;
    for (Source source : Source.values()) {
      refused += total(false, source);
    }
    return refused;
  }

  /** How many there were so far, on all loops. On any thread. */
  long total(boolean allowed, Source source) {
    int cell = cell(allowed, source);
    return cellsOfLoops.values().stream().mapToLong(cells -> cells.getOpaque(cell)).sum();
  }
}
