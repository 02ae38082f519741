package io.apitwo;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Makes tokens by the platform's own cryptography, right ones and any others. */
public final class TestTokens {
  public static final List<String> ALGORITHMS =
      List.of(
          "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256",
          "ES384", "ES512", "EdDSA");
  public static final String SECRET = "0123456789abcdef".repeat(4);
  private static final Map<String, KeyPair> PAIRS = new TreeMap<>();

  private TestTokens() {}

  /** The same pair for the same kind and name: RSA, secp256r1, secp384r1, secp521r1, Ed25519. */
  public static synchronized KeyPair pair(String kind, String name) {
    return PAIRS.computeIfAbsent(kind + " " + name, key -> generate(kind));
  }

  public static KeyPair generate(String kind) {
    try {
      boolean curve = kind.startsWith("secp");
      KeyPairGenerator generator = KeyPairGenerator.getInstance(curve ? "EC" : kind);
      if (curve) {
        generator.initialize(new ECGenParameterSpec(kind));
      } else if (kind.equals("RSA")) {
        generator.initialize(2_048);
      }
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e);
    }
  }

  /** Which kind of pair an algorithm takes. */
  public static String kind(String algorithm) {
    return switch (algorithm) {
      case "ES256" -> "secp256r1";
      case "ES384" -> "secp384r1";
      case "ES512" -> "secp521r1";
      case "EdDSA" -> "Ed25519";
      default -> "RSA";
    };
  }

  /** The key that an algorithm signs with. */
  public static Key signer(String algorithm, String name) {
    return algorithm.startsWith("HS")
        ? secret((name.equals("own") ? "" : name) + SECRET)
        : pair(kind(algorithm), name).getPrivate();
  }

  public static Key secret(String text) {
    return secret(text.getBytes(StandardCharsets.UTF_8));
  }

  public static Key secret(byte[] bytes) {
    return new SecretKeySpec(bytes, "HMAC");
  }

  public static String pem(PublicKey key) {
    return "-----BEGIN PUBLIC KEY-----\n"
        + Base64.getMimeEncoder().encodeToString(key.getEncoded())
        + "\n-----END PUBLIC KEY-----\n";
  }

  public static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  public static String base64(String text) {
    return base64(text.getBytes(StandardCharsets.UTF_8));
  }

  /** A right token. */
  public static String token(String algorithm, String claims) {
    return token(algorithm, "{\"alg\":\"" + algorithm + "\"}", claims, signer(algorithm, "own"));
  }

  /** Any header and claims, signed by an algorithm. */
  public static String token(String algorithm, String header, String claims, Key key) {
    return signed(algorithm, base64(header) + "." + base64(claims), key);
  }

  /** What is to be signed, and its signature. */
  public static String signed(String algorithm, String content, Key key) {
    return content + "." + base64(signature(algorithm, content, key));
  }

  public static byte[] signature(String algorithm, String content, Key key) {
    byte[] bytes = content.getBytes(StandardCharsets.ISO_8859_1);
    String sha = algorithm.equals("EdDSA") ? "" : algorithm.substring(2);
    try {
      if (algorithm.startsWith("HS")) {
        Mac mac = Mac.getInstance("HmacSHA" + sha);
        mac.init(key);
        return mac.doFinal(bytes);
      }
      Signature signature =
          switch (algorithm.substring(0, 2)) {
            case "RS" -> Signature.getInstance("SHA" + sha + "withRSA");
            case "PS" -> Signature.getInstance("RSASSA-PSS");
            case "ES" -> Signature.getInstance("SHA" + sha + "withECDSAinP1363Format");
            default -> Signature.getInstance("Ed25519");
          };
      if (algorithm.startsWith("PS")) {
        signature.setParameter(
            new PSSParameterSpec(
                "SHA-" + sha,
                "MGF1",
                new MGF1ParameterSpec("SHA-" + sha),
                Integer.parseInt(sha) / 8,
                1));
      }
      signature.initSign((PrivateKey) key);
      signature.update(bytes);
      return signature.sign();
    } catch (GeneralSecurityException e) {
      throw new AssertionError(algorithm, e);
    }
  }

  /** The members of a JWK, without braces. */
  public static String jwk(PublicKey key) {
    if (key instanceof RSAPublicKey rsa) {
      return "\"kty\":\"RSA\",\"n\":\"%s\",\"e\":\"%s\""
          .formatted(
              base64(magnitude(rsa.getModulus())), base64(magnitude(rsa.getPublicExponent())));
    }
    if (key instanceof ECPublicKey elliptic) {
      int bits = elliptic.getParams().getCurve().getField().getFieldSize();
      int size = (bits + 7) / 8;
      return "\"kty\":\"EC\",\"crv\":\"P-%d\",\"x\":\"%s\",\"y\":\"%s\""
          .formatted(
              bits,
              base64(padded(elliptic.getW().getAffineX(), size)),
              base64(padded(elliptic.getW().getAffineY(), size)));
    }
    byte[] encoded = key.getEncoded();
    byte[] x = Arrays.copyOfRange(encoded, encoded.length - 32, encoded.length);
    return "\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"" + base64(x) + "\"";
  }

  /** A set of keys, each given by its members. */
  public static String jwks(String... keys) {
    return "{\"keys\":[{" + String.join("},{", keys) + "}]}";
  }

  private static byte[] magnitude(BigInteger number) {
    return padded(number, (number.bitLength() + 7) / 8);
  }

  private static byte[] padded(BigInteger number, int size) {
    byte[] bytes = number.toByteArray();
    byte[] padded = new byte[size];
    int length = Math.min(bytes.length, size);
    System.arraycopy(bytes, bytes.length - length, padded, size - length, length);
    return padded;
  }
}
