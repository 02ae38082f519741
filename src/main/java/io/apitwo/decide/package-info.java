/**
 * May this request pass? From a charge to a decision, without a message for each request.
 *
 * <p>In comes a {@link io.apitwo.limit.Charge} on a proxy's event loop, which decides it by what it
 * holds on lease or remembers ({@link io.apitwo.decide.LocalDecisions}), or parks it with the
 * others of the same turn ({@link io.apitwo.decide.Accumulator}); one message takes them to the
 * limiter, which merges what the loops ask ({@link io.apitwo.decide.Lane}) and asks the store, or
 * decides without it while it gives no answer ({@link io.apitwo.decide.Ladder}); out come {@link
 * io.apitwo.limit.Decision}s, on the loop that asked.
 */
@NullMarked
package io.apitwo.decide;

import org.jspecify.annotations.NullMarked;
