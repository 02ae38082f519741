package io.apitwo.bus;

import io.apitwo.limit.Standing;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The answer to a {@link Look}.
 *
 * @param standings one a charge, in their order; null where the store gives no answer
 */
public record Looked(List<@Nullable Standing> standings) {}
