package io.apitwo.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The store's meters. They cost a fraction of a microsecond a call of the store, which carries many
 * requests, so they are Micrometer's own.
 */
final class StoreSeries implements StoreMeter {
  /** From a loopback round trip to the default of {@code store.timeout}. */
  private static final Duration[] BUCKETS = {
    Duration.ofNanos(250_000),
    Duration.ofNanos(500_000),
    Duration.ofMillis(1),
    Duration.ofNanos(2_500_000),
    Duration.ofMillis(5),
    Duration.ofMillis(10),
    Duration.ofMillis(25),
    Duration.ofMillis(50),
  };

  private final Counter answered;
  private final Map<Failure, Counter> failures = new EnumMap<>(Failure.class);
  private final Timer latency;
  private final DistributionSummary groups;
  private final DistributionSummary requests;
  private volatile boolean up;
  private volatile double skewSeconds = Double.NaN;
  private volatile int nodes = 1;
  private volatile long permits;

  StoreSeries(MeterRegistry registry) {
    answered = calls(registry, "answered");
    for (Failure failure : Failure.values()) {
      failures.put(failure, calls(registry, Meters.word(failure)));
    }
    latency =
        Timer.builder(Meters.STORE_CALL)
            .description("From sending a call to the store to its answer")
            .serviceLevelObjectives(BUCKETS)
            .register(registry);
    groups =
        DistributionSummary.builder(Meters.STORE_BATCH_GROUPS)
            .description("Different charges in an answered call")
            .register(registry);
    requests =
        DistributionSummary.builder(Meters.STORE_BATCH_REQUESTS)
            .description("Requests that waited for an answered call")
            .register(registry);
    Gauge.builder(Meters.STORE_UP, () -> up ? 1 : 0)
        .description("1 while the store answers, else 0")
        .register(registry);
    Gauge.builder(Meters.STORE_CLOCK_SKEW, () -> skewSeconds)
        .description("How far the store's clock is ahead of this node's; NaN before its first word")
        .baseUnit("seconds")
        .register(registry);
    Gauge.builder(Meters.NODES, () -> nodes)
        .description("Nodes that share the store now, this one included")
        .register(registry);
    Gauge.builder(Meters.PERMITS, () -> permits)
        .description("Permits of concurrency limits that this node holds, in cost units")
        .register(registry);
  }

  private static Counter calls(MeterRegistry registry, String outcome) {
    return Counter.builder(Meters.STORE_CALLS)
        .description("Calls of the store")
        .tag("outcome", outcome)
        .register(registry);
  }

  @Override
  public void answered(int groups, int requests, long micros) {
    answered.increment();
    latency.record(micros, TimeUnit.MICROSECONDS);
    this.groups.record(groups);
    this.requests.record(requests);
  }

  @Override
  public void failed(Failure failure) {
    failures.get(failure).increment();
  }

  @Override
  public void skew(long millis) {
    skewSeconds = millis / 1_000.0;
  }

  @Override
  public void available(boolean available) {
    up = available;
  }

  @Override
  public void nodes(int live) {
    nodes = live;
  }

  @Override
  public void permits(long held) {
    permits = held;
  }
}
