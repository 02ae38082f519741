package io.apitwo.bus;

import io.apitwo.limit.Charge;

/**
 * Equal charges of one event loop that wait for one {@link Answer}.
 *
 * @param count how many requests wait; none when only a lease is wished for
 * @param wish how many more charges the loop would like to hold on lease
 * @param ticket the loop's own, which comes back with the answer; nobody else looks at it
 */
public record Ask(Charge charge, int count, int wish, Object ticket) {}
