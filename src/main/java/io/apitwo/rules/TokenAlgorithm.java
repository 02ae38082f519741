package io.apitwo.rules;

import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The signatures of tokens that can be verified (RFC 7518 section 3.1, RFC 8037 section 3.1). */
public enum TokenAlgorithm {
  HS256(KeyKind.SECRET, 32),
  HS384(KeyKind.SECRET, 48),
  HS512(KeyKind.SECRET, 64),
  RS256(KeyKind.RSA, 0),
  RS384(KeyKind.RSA, 0),
  RS512(KeyKind.RSA, 0),
  PS256(KeyKind.RSA, 0),
  PS384(KeyKind.RSA, 0),
  PS512(KeyKind.RSA, 0),
  ES256(KeyKind.P256, 64),
  ES384(KeyKind.P384, 96),
  ES512(KeyKind.P521, 132),
  EdDSA(KeyKind.ED25519, 64);

  private final KeyKind kind;
  private final int signatureBytes;

  TokenAlgorithm(KeyKind kind, int signatureBytes) {
    this.kind = kind;
    this.signatureBytes = signatureBytes;
  }

  /** What its keys are. */
  public KeyKind kind() {
    return kind;
  }

  /**
   * How long its signatures are; 0 where that is as long as the key. A secret has to be as long at
   * least (RFC 7518 section 3.2).
   */
  public int signatureBytes() {
    return signatureBytes;
  }

  /** All that a kind of key is good for. */
  public static Set<TokenAlgorithm> of(KeyKind kind) {
    return Stream.of(values())
        .filter(each -> each.kind == kind)
        .collect(Collectors.toUnmodifiableSet());
  }
}
