package io.apitwo.count;

import io.apitwo.telemetry.StoreMeter;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * What everything needs that speaks to Redis.
 *
 * @param clock wall time
 * @param nanoClock elapsed time
 */
record RedisContext(
    Vertx vertx,
    RedisStoreOptions options,
    StoreMeter meter,
    InstantSource clock,
    LongSupplier nanoClock) {
  /** This instant of the nano clock. */
  long nowNanos() {
    return nanoClock.getAsLong();
  }
}
