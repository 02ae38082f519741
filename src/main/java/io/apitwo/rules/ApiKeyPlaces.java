package io.apitwo.rules;

import io.apitwo.rules.KeyPart.ApiKey.Carrier;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Where requests carry API keys, on all routes. What stands there is nobody's business but the
 * gateway's.
 *
 * @param headers in lower case
 * @param parameters of the query, as they are once decoded
 */
public record ApiKeyPlaces(Set<String> headers, Set<String> parameters) {
  /** Where there are no API keys. */
  public static final ApiKeyPlaces NONE = new ApiKeyPlaces(Set.of(), Set.of());

  private static final String BY_DEFAULT = "x-api-key";

  public ApiKeyPlaces {
    headers = Set.copyOf(headers);
    parameters = Set.copyOf(parameters);
  }

  /** Those that some limit names; without one the header X-Api-Key, if there are keys at all. */
  static ApiKeyPlaces of(Stream<KeyPart> parts, boolean keys) {
    if (!keys) {
      return NONE;
    }
    Set<KeyPart.ApiKey> named =
        parts
            .filter(KeyPart.ApiKey.class::isInstance)
            .map(KeyPart.ApiKey.class::cast)
            .collect(Collectors.toSet());
    return named.isEmpty()
        ? new ApiKeyPlaces(Set.of(BY_DEFAULT), Set.of())
        : new ApiKeyPlaces(names(named, Carrier.HEADER), names(named, Carrier.QUERY));
  }

  private static Set<String> names(Set<KeyPart.ApiKey> parts, Carrier carrier) {
    Set<String> names = new TreeSet<>();
    for (KeyPart.ApiKey part : parts) {
      if (part.carrier() == carrier) {
        names.add(part.name());
      }
    }
    return names;
  }
}
