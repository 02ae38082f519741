package io.apitwo.identify;

import io.apitwo.rules.KeyKind;
import io.apitwo.rules.TokenAlgorithm;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.ext.auth.JWTOptions;
import io.vertx.ext.auth.PubSecKeyOptions;
import io.vertx.ext.auth.User;
import io.vertx.ext.auth.authentication.TokenCredentials;
import io.vertx.ext.auth.jwt.JWTAuth;
import io.vertx.ext.auth.jwt.JWTAuthOptions;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.EnumMap;
import java.util.IdentityHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Verifies signatures by the library: a provider for each key and algorithm, which knows this one
 * key for this one algorithm and nothing else. (One without a key would accept unsigned tokens, and
 * the library passes over keys of a set that it cannot read. A key as PEM or secret that it cannot
 * use makes it throw instead; whoever accepts the unsigned token is not used all the same.)
 *
 * <p>Confined to one event loop: the library has one verification at a time for each key.
 */
final class TokenSignatures {
  private static final String UNSIGNED =
      unpadded("{\"alg\":\"none\"}") + '.' + unpadded("{\"exp\":253402300799}");

  private final Vertx vertx;
  private final Map<VerificationKey, Map<TokenAlgorithm, JWTAuth>> providers =
      new IdentityHashMap<>();

  TokenSignatures(Vertx vertx) {
    this.vertx = vertx;
  }

  /** Forgets all keys. */
  void clear() {
    providers.clear();
  }

  /**
   * Whether a token, whose claims are of sound types, was signed with a key. Never throws.
   *
   * @param key good for the token's algorithm
   */
  boolean isGenuine(Token token, VerificationKey key) {
    if (token.signatureBytes() != key.signatureBytes(token.algorithm())) {
      return false;
    }
    try {
      JWTAuth provider =
          providers
              .computeIfAbsent(key, each -> new EnumMap<>(TokenAlgorithm.class))
              .computeIfAbsent(token.algorithm(), algorithm -> provider(key, algorithm));
      return provider != null && accepts(provider, token.text());
    } catch (RuntimeException e) {
      return false; // a key or a signature that the library cannot read
    }
  }

  private static boolean accepts(JWTAuth provider, String token) {
    Future<User> answer = provider.authenticate(new TokenCredentials(token));
    return answer.succeeded();
  }

  private @Nullable JWTAuth provider(VerificationKey key, TokenAlgorithm algorithm) {
    PubSecKeyOptions only =
        new PubSecKeyOptions().setAlgorithm(algorithm.name()).setBuffer(written(key));
    JWTAuthOptions options =
        new JWTAuthOptions()
            .addPubSecKey(only)
            .setJWTOptions(new JWTOptions().setIgnoreExpiration(true)); // one clock is enough
    JWTAuth provider = JWTAuth.create(vertx, options);
    return accepts(provider, UNSIGNED) ? null : provider;
  }

  private static Buffer written(VerificationKey key) {
    if (key.kind() == KeyKind.SECRET) {
      return Buffer.buffer(key.material());
    }
    String base64 = Base64.getMimeEncoder().encodeToString(key.material());
    return Buffer.buffer("-----BEGIN PUBLIC KEY-----\n" + base64 + "\n-----END PUBLIC KEY-----\n");
  }

  private static String unpadded(String json) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(json.getBytes(StandardCharsets.US_ASCII));
  }
}
