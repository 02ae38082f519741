package io.apitwo.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;

/** The meters of what passes without the store's word. */
final class LadderSeries implements LadderMeter {
  private final Counter passed;
  private final Counter charged;
  private final Counter inDoubt;
  private final Counter dropped;
  private volatile long remembered;

  LadderSeries(MeterRegistry registry) {
    passed =
        Counter.builder(Meters.DEGRADED_QUOTA)
            .description("Quota that passed without the store's word, in cost units")
            .register(registry);
    charged = settled(registry, "charged");
    inDoubt = settled(registry, "unknown");
    dropped = settled(registry, "dropped");
    Gauge.builder(Meters.REMEMBERED_QUOTA, () -> remembered)
        .description(
            "Quota that passed without the store's word and will be charged, in cost units")
        .register(registry);
  }

  private static Counter settled(MeterRegistry registry, String outcome) {
    return Counter.builder(Meters.REMEMBERED_SETTLED)
        .description("What became of quota that was to be charged, in cost units")
        .tag("outcome", outcome)
        .register(registry);
  }

  @Override
  public void passed(long cost) {
    passed.increment(cost);
  }

  @Override
  public void remembered(long cost) {
    remembered += cost;
  }

  @Override
  public void charged(long cost) {
    charged.increment(cost);
  }

  @Override
  public void inDoubt(long cost) {
    inDoubt.increment(cost);
  }

  @Override
  public void dropped(long cost) {
    dropped.increment(cost);
  }
}
