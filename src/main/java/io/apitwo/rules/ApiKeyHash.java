package io.apitwo.rules;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What is kept of an API key: {@code ID:SALT:SHA256}, where the last is the SHA-256 of the salt's
 * 16 bytes and the key's text, both in lower-case hex. Nothing slower is needed, since nobody can
 * guess 256 random bits.
 */
public final class ApiKeyHash {
  private static final int SALT_BYTES = 16;
  private static final Pattern FORM =
      Pattern.compile("([A-Za-z0-9]{8,32}):([0-9a-f]{32}):([0-9a-f]{64})");

  private final String id;
  private final byte[] salt;
  private final byte[] digest;

  private ApiKeyHash(String id, byte[] salt, byte[] digest) {
    this.id = id;
    this.salt = salt;
    this.digest = digest;
  }

  static boolean isHash(String text) {
    return FORM.matcher(text).matches();
  }

  /** Null for what is no hash. */
  public static @Nullable ApiKeyHash parse(String text) {
    Matcher matcher = FORM.matcher(text);
    return matcher.matches()
        ? new ApiKeyHash(
            matcher.group(1),
            HexFormat.of().parseHex(matcher.group(2)),
            HexFormat.of().parseHex(matcher.group(3)))
        : null;
  }

  /** Hashes a key with a new salt. */
  public static ApiKeyHash of(ApiKeyText key, SecureRandom random) {
    byte[] salt = new byte[SALT_BYTES];
    random.nextBytes(salt);
    return new ApiKeyHash(key.id(), salt, digest(salt, key));
  }

  /** Of the key that it is of. */
  public String id() {
    return id;
  }

  /** Whether it is of this key; takes as long for every key. */
  public boolean matches(ApiKeyText key) {
    return id.equals(key.id()) & MessageDigest.isEqual(digest, digest(salt, key));
  }

  private static byte[] digest(byte[] salt, ApiKeyText key) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      sha256.update(salt);
      return sha256.digest(key.text().getBytes(StandardCharsets.US_ASCII));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e); // every Java platform has it
    }
  }

  /** As the rules and Redis write it. */
  @Override
  public String toString() {
    return id + ":" + HexFormat.of().formatHex(salt) + ":" + HexFormat.of().formatHex(digest);
  }
}
