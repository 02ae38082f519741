package io.apitwo.bus;

import io.apitwo.limit.Grant;
import org.jspecify.annotations.Nullable;

/**
 * What became of one {@link Ask}.
 *
 * @param ticket the ask's
 * @param grant null when the store could not say, in time or at all
 */
public record Answer(Object ticket, @Nullable Grant grant) {}
