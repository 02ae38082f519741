package io.apitwo.rules;

import java.io.ByteArrayInputStream;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads public keys that are written in PEM (RFC 7468). */
public final class PublicKeys {
  private static final Pattern PEM =
      Pattern.compile(
          "\\s*-----BEGIN (PUBLIC KEY|CERTIFICATE)-----([A-Za-z0-9+/=\\s]+)-----END \\1-----\\s*");

  private PublicKeys() {}

  static boolean isReadable(String pem) {
    return read(pem) != null;
  }

  /**
   * Null for what is no public key, or one that is too weak to be trusted or of no use for tokens.
   */
  public static @Nullable PublicKey read(String pem) {
    Matcher matcher = PEM.matcher(pem);
    if (!matcher.matches()) {
      return null;
    }
    try {
      byte[] bytes = Base64.getMimeDecoder().decode(matcher.group(2));
      PublicKey key =
          matcher.group(1).equals("CERTIFICATE")
              ? CertificateFactory.getInstance("X.509")
                  .generateCertificate(new ByteArrayInputStream(bytes))
                  .getPublicKey()
              : publicKey(bytes);
      return KeyKind.of(key) == null ? null : key;
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      return null;
    }
  }

  /** The encoding names the algorithm; the platform wants it said. */
  private static @Nullable PublicKey publicKey(byte[] bytes) throws GeneralSecurityException {
    for (String algorithm : List.of("RSA", "EC", "Ed25519")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePublic(new X509EncodedKeySpec(bytes));
      } catch (java.security.spec.InvalidKeySpecException e) {
        continue; // the next one
      }
    }
    return null;
  }
}
