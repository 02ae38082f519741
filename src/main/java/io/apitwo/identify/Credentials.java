package io.apitwo.identify;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a request proved of its sender.
 *
 * @param claims of a verified token; empty without one
 * @param consumer of a known API key; null without one
 * @param plan that the key names; null for none
 */
public record Credentials(
    Map<String, Object> claims, @Nullable String consumer, @Nullable String plan) {
  /** Of a request that proved nothing. */
  public static final Credentials NONE = new Credentials(Map.of(), null, null);

  public Credentials {
    claims = Map.copyOf(claims);
  }

  /** The claims as JSON values, whose maps and lists hold null where the token does. */
  public Map<String, Object> claimsAsJson() {
    return StrictJson.withNulls(claims);
  }
}
