package io.apitwo.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Map;

/** The meters of revisions and cluster. */
final class ConfigSeries implements ConfigMeter {
  private final Map<Outcome, Counter> pushes = new EnumMap<>(Outcome.class);
  private final Counter forged;
  private volatile int members = 1;
  private volatile long lag;

  ConfigSeries(MeterRegistry registry) {
    for (Outcome outcome : Outcome.values()) {
      pushes.put(
          outcome,
          Counter.builder(Meters.RULES_PUSHES)
              .description("Rules that were pushed on this node")
              .tag("outcome", Meters.word(outcome))
              .register(registry));
    }
    forged =
        Counter.builder(Meters.CLUSTER_FORGED)
            .description("Entries and messages that nobody of the cluster wrote")
            .register(registry);
    Gauge.builder(Meters.CLUSTER_MEMBERS, () -> members)
        .description("Members of the cluster, this node included")
        .register(registry);
    Gauge.builder(Meters.RULES_LAG, () -> lag)
        .description("How many revisions this node is behind the newest it has heard of")
        .register(registry);
  }

  @Override
  public void members(int count) {
    members = count;
  }

  @Override
  public void pushed(Outcome outcome) {
    pushes.get(outcome).increment();
  }

  @Override
  public void lag(long revisions) {
    lag = revisions;
  }

  @Override
  public void forged() {
    forged.increment();
  }
}
