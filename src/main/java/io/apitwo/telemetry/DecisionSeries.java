package io.apitwo.telemetry;

import io.apitwo.telemetry.DecisionMeter.Source;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The series of decisions: six for each limit of the rules, made when its name is first seen and
 * kept as long as the process runs, so that a counter outlives a change of its limit.
 *
 * <p>Names come from the rules alone, and {@value #MOST_NAMES} of them at most have series of their
 * own; all further ones share those of {@value #OTHER}. Safe on any thread; only a name's first
 * sight takes a lock.
 */
final class DecisionSeries {
  /** 6 × 250 = 1,500 series: with all else a node exports under 2,000, whatever the rules say. */
  static final int MOST_NAMES = 250;

  /** No limit can have this name: those of limits begin with a letter or a digit. */
  static final String OTHER = "_other";

  private final MeterRegistry registry;
  private final Map<String, LimitSeries> byName = new ConcurrentHashMap<>();
  private final LimitSeries other = new LimitSeries();

  DecisionSeries(MeterRegistry registry) {
    this.registry = registry;
  }

  LimitSeries of(String limit) {
    LimitSeries known = byName.get(limit);
    return known == null ? create(limit) : known;
  }

  /** How many decisions went against a request so far, by limit; {@value #OTHER} too. */
  Map<String, Long> refused() {
    Map<String, Long> refused = new HashMap<>();
    byName.forEach((limit, series) -> refused.put(limit, series.refused()));
    long others = other.refused();
    if (others > 0) {
      refused.put(OTHER, others);
    }
    return refused;
  }

  private synchronized LimitSeries create(String limit) {
    if (byName.size() < MOST_NAMES) {
      return byName.computeIfAbsent(limit, name -> register(name, new LimitSeries()));
    }
    LimitSeries known = byName.get(limit);
    return known == null ? register(OTHER, other) : known; // a second registration does nothing
  }

  /** A lease never refuses and a remembered refusal never allows: two pairs have no series. */
  private LimitSeries register(String limit, LimitSeries series) {
    register(limit, series, true, Source.LEASE);
    register(limit, series, true, Source.BATCH);
    register(limit, series, true, Source.DEGRADED);
    register(limit, series, false, Source.BATCH);
    register(limit, series, false, Source.OVER_LIMIT_CACHE);
    register(limit, series, false, Source.DEGRADED);
    return series;
  }

  private void register(String limit, LimitSeries series, boolean allowed, Source source) {
    FunctionCounter.builder(Meters.DECISIONS, series, s -> s.total(allowed, source))
        .description("Decisions, one for each limit that let the request pass or refused it")
        .tag("limit", limit)
        .tag("verdict", allowed ? "allowed" : "refused")
        .tag("source", Meters.word(source))
        .register(registry);
  }
}
