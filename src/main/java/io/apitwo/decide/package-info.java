/**
 * May this request pass? From a charge to a decision, in batches and without a message for each
 * request.
 *
 * <p>In comes a {@link io.apitwo.limit.Charge} on a proxy's event loop, where it is parked with the
 * others of the same turn ({@link io.apitwo.decide.Accumulator}); one message takes them to the
 * limiter verticle, which asks the store; out come {@link io.apitwo.limit.Decision}s, on the loop
 * that asked.
 */
@NullMarked
package io.apitwo.decide;

import org.jspecify.annotations.NullMarked;
