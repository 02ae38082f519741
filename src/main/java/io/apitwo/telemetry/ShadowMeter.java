package io.apitwo.telemetry;

import io.apitwo.limit.Charge;
import io.apitwo.limit.Decision;
import io.apitwo.limit.Subject;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What limits in shadow would have done, by limit: three series for each, made when its name is
 * first seen. At most {@value #MOST_NAMES} limits have series of their own; all further ones share
 * those of {@value DecisionSeries#OTHER}.
 *
 * <p>Safe on any thread; only a name's first sight takes a lock.
 */
public final class ShadowMeter implements DecisionMeter {
  /** 3 × 65 series beside the decisions' 1,500: with all else still under 2,000. */
  static final int MOST_NAMES = 64;

  private static final Logger log = LoggerFactory.getLogger(ShadowMeter.class);

  private final MeterRegistry registry;
  private final Map<String, Verdicts> byName = new ConcurrentHashMap<>();
  private volatile @Nullable Verdicts other; // once there are more limits than names

  /** Of one limit. */
  private static final class Verdicts {
    final LongAdder allowed = new LongAdder();
    final LongAdder refused = new LongAdder();
    final LongAdder unknown = new LongAdder();
    long logged;
  }

  ShadowMeter(MeterRegistry registry) {
    this.registry = registry;
  }

  private Verdicts of(Charge charge) {
    Subject subject = charge.subjects().get(0); // shadows are decided one by one
    Verdicts known = byName.get(subject.limit().name());
    if (known != null) {
      return known;
    }
    Verdicts shared = other;
    return shared == null ? create(subject.limit().name()) : shared;
  }

  private synchronized Verdicts create(String limit) {
    if (byName.size() < MOST_NAMES || byName.containsKey(limit)) {
      return byName.computeIfAbsent(limit, this::register);
    }
    Verdicts shared = byName.computeIfAbsent(DecisionSeries.OTHER, this::register);
    other = shared;
    return shared;
  }

  private Verdicts register(String limit) {
    Verdicts verdicts = new Verdicts();
    register(limit, "allowed", verdicts.allowed);
    register(limit, "refused", verdicts.refused);
    register(limit, "unknown", verdicts.unknown);
    return verdicts;
  }

  private void register(String limit, String verdict, LongAdder count) {
    FunctionCounter.builder(Meters.SHADOW_DECISIONS, count, LongAdder::sum)
        .description("What limits in shadow would have done with the requests that passed")
        .tag("limit", limit)
        .tag("verdict", verdict)
        .register(registry);
  }

  @Override
  public void decided(Decision decision, Source source) {
    Verdicts verdicts = of(decision.charge());
    (decision.allowed() ? verdicts.allowed : verdicts.refused).increment();
  }

  @Override
  public void degraded(Charge charge, boolean allowed) {
    of(charge).unknown.increment();
  }

  /** No quota of a shadow keeps anybody from anything. */
  @Override
  public void leased(long cost) {}

  @Override
  public void spentOrReturned(long cost) {}

  @Override
  public void stranded(long cost) {}

  @Override
  public void refunded(long cost) {}

  /** Logs a line for each limit that would have refused something since this was last called. */
  public void log() {
    fresh() // without the lock: nobody waits for a log that stalls
        .forEach(
            (limit, refused) ->
                log.info(
                    "a limit in shadow would have refused requests: limit={} requests={}",
                    limit,
                    refused));
  }

  private synchronized Map<String, Long> fresh() {
    Map<String, Long> fresh = new TreeMap<>();
    byName.forEach(
        (limit, verdicts) -> {
          long refused = verdicts.refused.sum();
          if (refused > verdicts.logged) {
            fresh.put(limit, refused - verdicts.logged);
            verdicts.logged = refused;
          }
        });
    return fresh;
  }
}
