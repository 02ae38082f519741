package io.apitwo.identify;

import io.apitwo.rules.KeyPart;
import io.apitwo.rules.LimitRule;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The client key of a limit for one request: printable, at most {@value #MOST_CHARACTERS}
 * characters, and different for different clients.
 *
 * <p>An address is written as it is. Other values keep letters, digits and {@code . _ @ + = / -};
 * every other byte becomes {@code %XX}. Parts are joined by {@code |}. What stands in for a missing
 * part begins with {@code ~}, which no value can: nobody reaches another's bucket by sending its
 * address in a header.
 */
public final class ClientKey {
  static final int MOST_CHARACTERS = 128;

  private static final String KEPT = "._@+=/-";
  private static final String ANONYMOUS = "~anonymous";

  private ClientKey() {}

  /**
   * @param address the client's address, IPv6 by its prefix
   * @param header the values of a header by its lower-case name; empty when absent
   * @return null when a part is missing and the rule wants 401
   */
  public static @Nullable String of(
      LimitRule rule, String address, Function<String, List<String>> header) {
    List<KeyPart> parts = rule.by();
    if (parts.size() == 1 && parts.get(0) instanceof KeyPart.Address) {
      return address;
    }
    StringBuilder key = new StringBuilder();
    for (KeyPart part : parts) {
      String text =
          part instanceof KeyPart.Header named
              ? value(String.join(",", header.apply(named.name())), rule.missing(), address)
              : address;
      if (text == null) {
        return null;
      }
      key.append(key.isEmpty() ? "" : "|").append(text);
    }
    return key.length() <= MOST_CHARACTERS ? key.toString() : hashed(key.toString());
  }

  private static @Nullable String value(String value, LimitRule.Missing missing, String address) {
    if (!value.isEmpty()) {
      return escaped(value);
    }
    return switch (missing) {
      case ADDRESS -> "~" + address;
      case ANONYMOUS -> ANONYMOUS;
      case UNAUTHORIZED -> null;
    };
  }

  private static String escaped(String value) {
    StringBuilder text = new StringBuilder(value.length());
    for (byte b : value.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 0xff);
      if ((c >= 'a' && c <= 'z')
          || (c >= 'A' && c <= 'Z')
          || (c >= '0' && c <= '9')
          || KEPT.indexOf(c) >= 0) {
        text.append(c);
      } else {
        text.append('%').append(HexFormat.of().withUpperCase().toHexDigits(b));
      }
    }
    return text.toString();
  }

  /** 128 bits of SHA-256: two of a billion keys are equal with a chance of less than 10^-20. */
  private static String hashed(String key) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.US_ASCII));
      return "~sha256-" + HexFormat.of().formatHex(digest, 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e); // every Java platform has it
    }
  }
}
