package io.apitwo.bus;

import io.apitwo.limit.Demand;
import java.util.List;

/**
 * What one event loop asks the limiter for: all the demands of one turn of the loop. LOCAL, to
 * {@link Addresses#LIMITER}.
 *
 * @param replyTo the loop's own address, to which the {@link Settled} goes
 * @param number the loop's number for this batch
 */
public record Batch(String replyTo, long number, List<Demand> demands) {}
