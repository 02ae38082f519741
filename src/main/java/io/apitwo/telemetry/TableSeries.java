package io.apitwo.telemetry;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.IntSupplier;

/** How full the tables of clients are. For any thread. */
final class TableSeries {
  private final MeterRegistry registry;
  private final Map<String, List<Part>> tables = new ConcurrentHashMap<>();

  /** What one event loop has of a table. */
  private record Part(int most, IntSupplier entries) {}

  TableSeries(MeterRegistry registry) {
    this.registry = registry;
  }

  /** Adds to a table of that name. */
  void add(String name, int most, IntSupplier entries) {
    tables.computeIfAbsent(name, this::register).add(new Part(most, entries));
  }

  private List<Part> register(String name) {
    List<Part> parts = new CopyOnWriteArrayList<>();
    Gauge.builder(Meters.ENTRIES, () -> sum(parts, false))
        .description("Entries of tables of clients, each client once for each limit")
        .tag("table", name)
        .register(registry);
    Gauge.builder(Meters.ENTRIES_MOST, () -> sum(parts, true))
        .description("How many entries the tables of clients may have")
        .tag("table", name)
        .register(registry);
    return parts;
  }

  private static long sum(List<Part> parts, boolean most) {
    return parts.stream().mapToLong(part -> most ? part.most : part.entries.getAsInt()).sum();
  }
}
