package io.apitwo.identify;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** Base64url in its one canonical form (RFC 7515 section 2): no padding, no bits left over. */
final class Base64Url {
  private static final Base64.Decoder DECODER = Base64.getUrlDecoder();
  private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

  private Base64Url() {}

  /** Null for any other form. */
  static byte @Nullable [] decode(String text) {
    byte[] encoded = text.getBytes(StandardCharsets.ISO_8859_1);
    try {
      byte[] bytes = DECODER.decode(encoded);
      return Arrays.equals(ENCODER.encode(bytes), encoded) ? bytes : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
