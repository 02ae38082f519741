package io.apitwo.bus;

import io.apitwo.limit.Standing;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a {@link Look}.
 *
 * @param standing null while the store gives no answer
 */
public record Looked(@Nullable Standing standing) {}
