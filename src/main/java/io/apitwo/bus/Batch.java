package io.apitwo.bus;

import java.util.List;

/**
 * What one event loop asks the limiter for: all that was parked in one turn of the loop. LOCAL, to
 * {@link Addresses#LIMITER}.
 *
 * @param replyTo the loop's own address, to which {@link Settled} messages go until each ask has
 *     its answer
 */
public record Batch(String replyTo, List<Ask> asks) {}
