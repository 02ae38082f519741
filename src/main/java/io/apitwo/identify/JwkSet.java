package io.apitwo.identify;

import io.apitwo.rules.KeyKind;
import io.apitwo.rules.TokenAlgorithm;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.EdECPoint;
import java.security.spec.EdECPublicKeySpec;
import java.security.spec.NamedParameterSpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads sets of public keys (RFC 7517 section 5, RFC 8037 section 2). A key that is weak, made for
 * something else, or not public is passed over: a secret that can be fetched is none, and a private
 * key that can be has been stolen.
 */
final class JwkSet {
  private static final int MOST_KEYS = 100;
  private static final int MOST_KID = 256;
  private static final int ED25519_BYTES = 32;
  private static final Set<String> PRIVATE = Set.of("d", "k", "p", "q", "dp", "dq", "qi", "oth");

  private JwkSet() {}

  /** The keys of a set that can be used; none of what is no set. */
  static List<VerificationKey> read(byte[] json) {
    Map<String, Object> document = StrictJson.object(json);
    List<VerificationKey> keys = new ArrayList<>();
    if (document == null || !(document.get("keys") instanceof List<?> items)) {
      return keys;
    }
    for (Object item : items.subList(0, Math.min(items.size(), MOST_KEYS))) {
      VerificationKey key = item instanceof Map<?, ?> jwk ? key(jwk) : null;
      if (key != null) {
        keys.add(key);
      }
    }
    return List.copyOf(keys);
  }

  private static @Nullable VerificationKey key(Map<?, ?> jwk) {
    Object kid = jwk.get("kid");
    boolean named = kid == null || (kid instanceof String text && text.length() <= MOST_KID);
    if (!named || !isForSignatures(jwk) || PRIVATE.stream().anyMatch(jwk::containsKey)) {
      return null;
    }
    PublicKey key = publicKey(jwk);
    KeyKind kind = KeyKind.of(key);
    if (key == null || kind == null) {
      return null;
    }
    Object name = jwk.get("alg");
    TokenAlgorithm only = name == null ? null : algorithm(name, kind);
    return name != null && only == null ? null : VerificationKey.of((String) kid, kind, key, only);
  }

  private static boolean isForSignatures(Map<?, ?> jwk) {
    Object use = jwk.get("use");
    Object operations = jwk.get("key_ops");
    return (use == null || use.equals("sig"))
        && (operations == null || (operations instanceof List<?> list && list.contains("verify")));
  }

  private static @Nullable TokenAlgorithm algorithm(Object name, KeyKind kind) {
    return Stream.of(TokenAlgorithm.values())
        .filter(each -> each.kind() == kind && each.name().equals(name))
        .findFirst()
        .orElse(null);
  }

  private static @Nullable PublicKey publicKey(Map<?, ?> jwk) {
    try {
      if ("RSA".equals(jwk.get("kty"))) {
        return rsa(bytes(jwk, "n"), bytes(jwk, "e"));
      }
      if ("EC".equals(jwk.get("kty"))) {
        return elliptic(jwk.get("crv"), bytes(jwk, "x"), bytes(jwk, "y"));
      }
      boolean edwards = "OKP".equals(jwk.get("kty")) && "Ed25519".equals(jwk.get("crv"));
      return edwards ? ed25519(bytes(jwk, "x")) : null;
    } catch (GeneralSecurityException e) {
      return null;
    }
  }

  private static byte @Nullable [] bytes(Map<?, ?> jwk, String name) {
    return jwk.get(name) instanceof String text ? Base64Url.decode(text) : null;
  }

  private static @Nullable PublicKey rsa(byte @Nullable [] n, byte @Nullable [] e)
      throws GeneralSecurityException {
    return n == null || e == null
        ? null
        : KeyFactory.getInstance("RSA")
            .generatePublic(new RSAPublicKeySpec(new BigInteger(1, n), new BigInteger(1, e)));
  }

  private static @Nullable PublicKey elliptic(
      @Nullable Object curve, byte @Nullable [] x, byte @Nullable [] y)
      throws GeneralSecurityException {
    KeyKind kind =
        "P-256".equals(curve)
            ? KeyKind.P256
            : "P-384".equals(curve) ? KeyKind.P384 : "P-521".equals(curve) ? KeyKind.P521 : null;
    if (kind == null || x == null || y == null) {
      return null;
    }
    int size = (kind.parameters().getCurve().getField().getFieldSize() + 7) / 8;
    ECPoint point = new ECPoint(new BigInteger(1, x), new BigInteger(1, y));
    return x.length != size || y.length != size
        ? null
        : KeyFactory.getInstance("EC")
            .generatePublic(new ECPublicKeySpec(point, kind.parameters()));
  }

  /** Little-endian, with the sign of x in the last bit (RFC 8032 section 5.1.2). */
  private static @Nullable PublicKey ed25519(byte @Nullable [] x) throws GeneralSecurityException {
    if (x == null || x.length != ED25519_BYTES) {
      return null;
    }
    byte[] y = new byte[ED25519_BYTES];
    for (int i = 0; i < ED25519_BYTES; i++) {
      y[i] = x[ED25519_BYTES - 1 - i];
    }
    boolean odd = y[0] < 0;
    y[0] &= 0x7f;
    EdECPoint point = new EdECPoint(odd, new BigInteger(1, y));
    return KeyFactory.getInstance("Ed25519")
        .generatePublic(new EdECPublicKeySpec(NamedParameterSpec.ED25519, point));
  }
}
