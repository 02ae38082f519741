package io.apitwo.identify;

import io.apitwo.rules.KeyKind;
import io.apitwo.rules.TokenAlgorithm;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A key that signatures of tokens are verified with. Never prints a secret. */
final class VerificationKey {
  private final @Nullable String kid;
  private final KeyKind kind;
  private final Set<TokenAlgorithm> algorithms;
  private final byte[] material;
  private final int rsaBytes;

  private VerificationKey(
      @Nullable String kid,
      KeyKind kind,
      Set<TokenAlgorithm> algorithms,
      byte[] material,
      int rsaBytes) {
    this.kid = kid;
    this.kind = kind;
    this.algorithms = algorithms;
    this.material = material;
    this.rsaBytes = rsaBytes;
  }

  /**
   * @param kind as {@link KeyKind#of} says
   * @param only the one algorithm that it is for; null for all that fit
   */
  static VerificationKey of(
      @Nullable String kid, KeyKind kind, PublicKey key, @Nullable TokenAlgorithm only) {
    int rsaBytes = key instanceof RSAPublicKey rsa ? (rsa.getModulus().bitLength() + 7) / 8 : 0;
    Set<TokenAlgorithm> algorithms = only == null ? TokenAlgorithm.of(kind) : Set.of(only);
    return new VerificationKey(kid, kind, algorithms, key.getEncoded(), rsaBytes);
  }

  static VerificationKey ofSecret(@Nullable String kid, byte[] secret) {
    return new VerificationKey(
        kid, KeyKind.SECRET, TokenAlgorithm.of(KeyKind.SECRET), secret.clone(), 0);
  }

  /** Null for a key without an id. */
  @Nullable String kid() {
    return kid;
  }

  KeyKind kind() {
    return kind;
  }

  /** Whether it may verify signatures of such an algorithm: it fits, and is long enough. */
  boolean isFor(TokenAlgorithm algorithm) {
    return algorithms.contains(algorithm)
        && (kind != KeyKind.SECRET || material.length >= algorithm.signatureBytes());
  }

  /** How long a signature has to be. */
  int signatureBytes(TokenAlgorithm algorithm) {
    return kind == KeyKind.RSA ? rsaBytes : algorithm.signatureBytes();
  }

  /** The secret, or the public key as a SubjectPublicKeyInfo. */
  byte[] material() {
    return material;
  }

  boolean isSame(VerificationKey other) {
    return kind == other.kind
        && Objects.equals(kid, other.kid)
        && algorithms.equals(other.algorithms)
        && MessageDigest.isEqual(material, other.material);
  }

  @Override
  public String toString() {
    return kind + "[" + kid + "]";
  }
}
