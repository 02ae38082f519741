package io.apitwo.config;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Says of a text who wrote it: somebody who knows the cluster's secret. HMAC-SHA256 over what the
 * text is for, and the text; so nothing passes for something else. For any thread.
 */
final class Seal {
  private static final String ALGORITHM = "HmacSHA256";
  private static final int MARK = 64;

  private final SecretKeySpec key;

  Seal(String secret) {
    key = new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), ALGORITHM);
  }

  /** The text with its mark before it. */
  String seal(String purpose, String text) {
    return mark(purpose, text) + text;
  }

  /** The text; null when it was not sealed for this purpose with this secret. */
  @Nullable String open(String purpose, @Nullable String sealed) {
    if (sealed == null || sealed.length() < MARK) {
      return null;
    }
    String text = sealed.substring(MARK);
    byte[] given = sealed.substring(0, MARK).getBytes(StandardCharsets.UTF_8);
    byte[] right = mark(purpose, text).getBytes(StandardCharsets.UTF_8);
    return MessageDigest.isEqual(given, right) ? text : null;
  }

  private String mark(String purpose, String text) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      mac.update(purpose.getBytes(StandardCharsets.UTF_8));
      mac.update((byte) 0);
      return HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
    } catch (GeneralSecurityException e) {
      throw new AssertionError(e); // every Java platform has it
    }
  }
}
