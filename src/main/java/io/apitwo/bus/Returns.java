package io.apitwo.bus;

import io.apitwo.limit.Return;
import java.util.List;

/**
 * Leases that a loop gives back. LOCAL, to {@link Addresses#RETURNS}; the sender may ask for a
 * reply, which comes when the store has them or has lost them.
 */
public record Returns(List<Return> returns) {}
