package io.apitwo.rules;

import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.EdECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.NamedParameterSpec;
import org.jspecify.annotations.Nullable;

/** The kinds of keys that tokens are verified with, and which keys are good enough. */
public enum KeyKind {
  SECRET(""),
  RSA(""),
  P256("secp256r1"),
  P384("secp384r1"),
  P521("secp521r1"),
  ED25519("");

  private static final int LEAST_RSA_BITS = 2_048;

  /** A larger one would take too long to verify with. */
  private static final int MOST_RSA_BITS = 8_192;

  private static final int MOST_EXPONENT_BITS = 64;

  private final String curve;

  KeyKind(String curve) {
    this.curve = curve;
  }

  /** Null for what is too weak, or of no use for tokens. */
  public static @Nullable KeyKind of(@Nullable PublicKey key) {
    if (key instanceof RSAPublicKey rsa) {
      return isStrong(rsa) ? RSA : null;
    }
    if (key instanceof EdECPublicKey edwards) {
      boolean short25519 =
          NamedParameterSpec.ED25519.getName().equals(edwards.getParams().getName());
      return short25519 ? ED25519 : null;
    }
    return key instanceof ECPublicKey elliptic ? of(elliptic) : null;
  }

  private static boolean isStrong(RSAPublicKey key) {
    int bits = key.getModulus().bitLength();
    BigInteger exponent = key.getPublicExponent();
    return bits >= LEAST_RSA_BITS
        && bits <= MOST_RSA_BITS
        && key.getModulus().testBit(0)
        && exponent.testBit(0)
        && exponent.bitLength() >= 2
        && exponent.bitLength() <= MOST_EXPONENT_BITS
        && !RocaKeys.contains(key.getModulus());
  }

  private static @Nullable KeyKind of(ECPublicKey key) {
    for (KeyKind kind : new KeyKind[] {P256, P384, P521}) {
      ECParameterSpec named = kind.parameters();
      ECParameterSpec given = key.getParams();
      if (given.getCurve().equals(named.getCurve())
          && given.getGenerator().equals(named.getGenerator())
          && given.getOrder().equals(named.getOrder())
          && given.getCofactor() == named.getCofactor()) {
        return kind.isOnCurve(key.getW()) ? kind : null;
      }
    }
    return null;
  }

  /** The curve's domain parameters; of the P kinds alone. */
  public ECParameterSpec parameters() {
    try {
      AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
      parameters.init(new ECGenParameterSpec(curve));
      return parameters.getParameterSpec(ECParameterSpec.class);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("no curve " + curve, e);
    }
  }

  /** y² = x³ + ax + b, which the platform does not look at when it makes a key. */
  private boolean isOnCurve(ECPoint point) {
    ECParameterSpec spec = parameters();
    BigInteger p = ((ECFieldFp) spec.getCurve().getField()).getP();
    if (point.equals(ECPoint.POINT_INFINITY)) {
      return false;
    }
    BigInteger x = point.getAffineX();
    BigInteger y = point.getAffineY();
    boolean inField =
        x.signum() >= 0 && y.signum() >= 0 && x.compareTo(p) < 0 && y.compareTo(p) < 0;
    BigInteger right =
        x.pow(3).add(spec.getCurve().getA().multiply(x)).add(spec.getCurve().getB()).mod(p);
    return inField && y.multiply(y).mod(p).equals(right);
  }
}
