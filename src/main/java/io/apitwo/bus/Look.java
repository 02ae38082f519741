package io.apitwo.bus;

import io.apitwo.limit.Charge;

/** Asks the limiter where the buckets of a charge stand; nothing is charged. */
public record Look(Charge charge) {}
