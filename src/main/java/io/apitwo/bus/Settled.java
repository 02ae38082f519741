package io.apitwo.bus;

import io.apitwo.limit.Grant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The limiter's answer to a {@link Batch}. LOCAL, to the loop that asked.
 *
 * @param number the batch's number
 * @param grants one a demand, in the batch's order; empty with a failure
 * @param failure why there is no answer; null when there is
 */
public record Settled(long number, List<Grant> grants, @Nullable Throwable failure) {}
