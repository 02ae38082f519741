package io.apitwo.telemetry;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.DoubleSupplier;
import java.util.function.IntSupplier;

/** The series of tokens and API keys: one for each outcome, summed over the loops' own cells. */
final class IdentitySeries {
  /** Some distance between what two loops write. */
  private static final int PADDING = 16;

  private final List<Cells> loops = new CopyOnWriteArrayList<>();

  IdentitySeries(MeterRegistry registry) {
    for (IdentityMeter.Token outcome : IdentityMeter.Token.values()) {
      FunctionCounter.builder(Meters.TOKENS, this, all -> all.sum(Cells.cell(outcome)))
          .description("Tokens that requests showed, by what became of them")
          .tag("outcome", Meters.word(outcome))
          .register(registry);
    }
    for (IdentityMeter.ApiKey outcome : IdentityMeter.ApiKey.values()) {
      FunctionCounter.builder(Meters.API_KEYS, this, all -> all.sum(Cells.cell(outcome)))
          .description("API keys that requests showed, by what became of them")
          .tag("outcome", Meters.word(outcome))
          .register(registry);
    }
  }

  /** Registers what is known of key sets that are fetched. */
  static void keySets(MeterRegistry registry, DoubleSupplier ageSeconds, IntSupplier keys) {
    Gauge.builder(Meters.JWKS_AGE, ageSeconds::getAsDouble)
        .description("How long ago the key set that was last fetched longest ago was, in seconds")
        .baseUnit("seconds")
        .register(registry);
    Gauge.builder(Meters.JWKS_KEYS, keys::getAsInt)
        .description("How many keys the key sets have that were fetched")
        .register(registry);
  }

  IdentityMeter loop() {
    Cells cells = new Cells();
    loops.add(cells);
    return cells;
  }

  private double sum(int cell) {
    long sum = 0;
    for (Cells loop : loops) {
      sum += loop.counts.getOpaque(cell);
    }
    return sum;
  }

  /** What one loop counts; only this loop writes them. */
  private static final class Cells implements IdentityMeter {
    private static final int TOKENS = Token.values().length;

    private final AtomicLongArray counts =
        new AtomicLongArray(2 * PADDING + TOKENS + ApiKey.values().length);

    static int cell(Token outcome) {
      return PADDING + outcome.ordinal();
    }

    static int cell(ApiKey outcome) {
      return PADDING + TOKENS + outcome.ordinal();
    }

    @Override
    public void token(Token outcome) {
      add(cell(outcome));
    }

    @Override
    public void apiKey(ApiKey outcome) {
      add(cell(outcome));
    }

    private void add(int cell) {
      counts.setOpaque(cell, counts.getPlain(cell) + 1);
    }
  }
}
