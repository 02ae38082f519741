package io.apitwo.identify;

import io.apitwo.rules.Identity.Jwt;
import io.apitwo.rules.Identity.TokenKey;
import io.apitwo.rules.KeyKind;
import io.apitwo.rules.PublicKeys;
import io.apitwo.rules.TokenAlgorithm;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All keys that a token may have been signed with now. Immutable. */
final class TokenKeys {
  static final TokenKeys NONE = new TokenKeys(List.of());

  private final Map<KeyKind, List<VerificationKey>> byKind = new EnumMap<>(KeyKind.class);

  private TokenKeys(List<VerificationKey> keys) {
    for (VerificationKey key : keys) {
      List<VerificationKey> same = byKind.computeIfAbsent(key.kind(), kind -> new ArrayList<>());
      if (same.stream().noneMatch(key::isSame)) {
        same.add(key);
      }
    }
  }

  /**
   * The keys of the rules and those that were fetched for them.
   *
   * @param fetched by where they came from
   */
  static TokenKeys of(Jwt jwt, Map<URI, List<VerificationKey>> fetched) {
    List<VerificationKey> keys = new ArrayList<>();
    for (TokenKey source : jwt.keys()) {
      if (source instanceof TokenKey.Jwks set) {
        keys.addAll(fetched.getOrDefault(set.url(), List.of()));
      } else if (source instanceof TokenKey.Secret secret) {
        keys.add(
            VerificationKey.ofSecret(secret.kid(), secret.text().getBytes(StandardCharsets.UTF_8)));
      } else if (source instanceof TokenKey.Pem pem) {
        PublicKey key = PublicKeys.read(pem.text());
        KeyKind kind = KeyKind.of(key);
        if (key != null && kind != null) {
          keys.add(VerificationKey.of(pem.kid(), kind, key, null));
        }
      }
    }
    return new TokenKeys(keys);
  }

  /**
   * The one key for a token. If there are several of its kind, the token has to name one, and just
   * one must have that name.
   *
   * @param kid the name; null for none
   */
  @Nullable VerificationKey pick(TokenAlgorithm algorithm, @Nullable String kid) {
    List<VerificationKey> keys = byKind.getOrDefault(algorithm.kind(), List.of());
    VerificationKey picked = null;
    for (VerificationKey key : keys) {
      boolean only = keys.size() == 1 && (kid == null || key.kid() == null);
      if (only || (kid != null && kid.equals(key.kid()))) {
        if (picked != null) {
          return null;
        }
        picked = key;
      }
    }
    return picked != null && picked.isFor(algorithm) ? picked : null;
  }
}
