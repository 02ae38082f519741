package io.apitwo.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Map;

/** One series for each thing that may become of a request to the admin API. */
final class AdminSeries implements AdminMeter {
  private final Map<Outcome, Counter> counters = new EnumMap<>(Outcome.class);

  AdminSeries(MeterRegistry registry) {
    for (Outcome outcome : Outcome.values()) {
      counters.put(
          outcome,
          Counter.builder(Meters.ADMIN_REQUESTS)
              .description("Requests to the admin API, by what became of them")
              .tag("outcome", Meters.word(outcome))
              .register(registry));
    }
  }

  @Override
  public void request(Outcome outcome) {
    counters.get(outcome).increment();
  }
}
