package io.apitwo.identify;

import io.apitwo.rules.Clients;
import io.apitwo.rules.Clients.Missing;
import io.apitwo.rules.KeyPart;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The text that tells the clients of one limit apart: printable ASCII, at most {@link #MAX_LENGTH}
 * characters, and different for any two clients.
 *
 * <p>An address is written as it is; any other value has everything but {@code A-Z a-z 0-9 . _ @ +
 * = / -} escaped as %XX of its UTF-8 bytes; what stands in for a missing part starts with {@code
 * ~}; parts are joined by {@code |}; of a limit that takes the first part that is there, the value
 * is followed by {@code ~} and the number of its part, unless it is the address. No address and no
 * escaped value contains {@code ~} or {@code |}, so that a key can be taken apart again and no
 * value can pass for something else. For example, by address and the header X-Team: {@code
 * 2001:db8::/64|a%7Cb}, or without the header {@code 2001:db8::/64|~anonymous}.
 *
 * <p>A longer key is its SHA-256, cut to 128 bits: two of them are equal by chance once in 2^64
 * keys, and nobody can aim at the key of another client.
 */
public final class ClientKey {
  /** In characters. */
  public static final int MAX_LENGTH = 128;

  private static final String ANONYMOUS = "~anonymous";
  private static final String HASHED = "~sha256-";
  private static final int HASH_BYTES = 16;
  private static final String PLAIN_MARKS = "._@+=/-";
  private static final char[] HEX = "0123456789ABCDEF".toCharArray();

  private ClientKey() {}

  /**
   * The key of a request. A part that is empty counts as missing.
   *
   * @return null when a part is missing and the limit wants that answered 401
   */
  public static @Nullable String of(Clients clients, Parts request) {
    String address = request.caller().client();
    List<KeyPart> parts = clients.parts();
    if (parts.size() == 1 && parts.get(0) instanceof KeyPart.Address) {
      return address;
    }
    StringBuilder key = new StringBuilder(64);
    boolean whole =
        clients.first()
            ? appendFirst(key, clients, request)
            : appendAll(key, clients, request, address);
    if (!whole) {
      return null;
    }
    return key.length() <= MAX_LENGTH ? key.toString() : hashed(key);
  }

  private static boolean appendAll(
      StringBuilder key, Clients clients, Parts request, String address) {
    for (KeyPart part : clients.parts()) {
      if (!key.isEmpty()) {
        key.append('|');
      }
      String value = request.value(part);
      if (part instanceof KeyPart.Address) {
        key.append(address);
      } else if (value != null && !value.isEmpty()) {
        appendEscaped(key, value);
      } else if (!appendMissing(key, clients.missing(), address)) {
        return false;
      }
    }
    return true;
  }

  private static boolean appendFirst(StringBuilder key, Clients clients, Parts request) {
    String address = request.caller().client();
    for (int i = 0; i < clients.parts().size(); i++) {
      KeyPart part = clients.parts().get(i);
      if (part instanceof KeyPart.Address) {
        key.append(address);
        return true;
      }
      String value = request.value(part);
      if (value != null && !value.isEmpty()) {
        appendEscaped(key, value);
        key.append('~').append(i + 1);
        return true;
      }
    }
    return appendMissing(key, clients.missing(), address);
  }

  private static void appendEscaped(StringBuilder key, String value) {
    for (int i = 0; i < value.length(); ) {
      int c = value.codePointAt(i);
      if (isPlain(c)) {
        key.append((char) c);
      } else {
        appendEscaped(key, c);
      }
      i += Character.charCount(c);
    }
  }

  /** False where a missing part is answered 401. */
  private static boolean appendMissing(StringBuilder key, Missing missing, String address) {
    if (missing == Missing.ADDRESS) {
      key.append('~').append(address);
    } else {
      key.append(ANONYMOUS);
    }
    return missing != Missing.UNAUTHORIZED;
  }

  private static boolean isPlain(int c) {
    return c >= 'a' && c <= 'z'
        || c >= 'A' && c <= 'Z'
        || c >= '0' && c <= '9'
        || PLAIN_MARKS.indexOf(c) >= 0;
  }

  /** By hand, since the JDK writes all lone surrogates as one and the same question mark. */
  private static void appendEscaped(StringBuilder key, int c) {
    if (c < 0x80) {
      appendByte(key, c);
    } else if (c < 0x800) {
      appendByte(key, 0xc0 | c >> 6);
      appendByte(key, 0x80 | c & 0x3f);
    } else if (c < 0x10000) {
      appendByte(key, 0xe0 | c >> 12);
      appendByte(key, 0x80 | c >> 6 & 0x3f);
      appendByte(key, 0x80 | c & 0x3f);
    } else {
      appendByte(key, 0xf0 | c >> 18);
      appendByte(key, 0x80 | c >> 12 & 0x3f);
      appendByte(key, 0x80 | c >> 6 & 0x3f);
      appendByte(key, 0x80 | c & 0x3f);
    }
  }

  private static void appendByte(StringBuilder key, int value) {
    key.append('%').append(HEX[value >> 4]).append(HEX[value & 0xf]);
  }

  private static String hashed(StringBuilder key) {
    try {
      MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
      byte[] hash = sha256.digest(key.toString().getBytes(StandardCharsets.US_ASCII));
      return HASHED + HexFormat.of().formatHex(hash, 0, HASH_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e); // every Java platform has SHA-256
    }
  }
}
