package io.apitwo.rules;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A request that was never sent, to be explained.
 *
 * @param method in upper case
 * @param url a path with or without a query, or a whole http or https URL
 * @param address of the peer that would send it
 * @param headers by name in lower case, each with its lines
 * @param body null for none
 * @param claims of a token that is taken for verified; null to look at the one in the headers
 * @param consumer of an API key that is taken for known; null to look at the one that is carried
 */
public record Sample(
    String method,
    String url,
    IpAddress address,
    Map<String, List<String>> headers,
    @Nullable String body,
    @Nullable Map<String, String> claims,
    @Nullable String consumer) {
  public Sample {
    headers = Map.copyOf(headers);
  }
}
