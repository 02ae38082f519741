package io.apitwo.rules;

import java.security.SecureRandom;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * An API key as its consumer shows it: {@code ak_ID_SECRET}, with an id to find it by and 256
 * random bits. Never prints itself.
 *
 * @param id no secret
 * @param text the whole of it
 */
public record ApiKeyText(String id, String text) {
  private static final int ID_LENGTH = 12;
  private static final int SECRET_BYTES = 32;
  private static final String ALPHABET =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

  /** The longest one that there can be, in characters. */
  private static final int MOST_LENGTH = 3 + 32 + 1 + 43;

  private static final Pattern FORM = Pattern.compile("ak_([A-Za-z0-9]{8,32})_[A-Za-z0-9_-]{43}");

  /** Null for what is no key. */
  public static @Nullable ApiKeyText parse(String text) {
    Matcher matcher = text.length() <= MOST_LENGTH ? FORM.matcher(text) : null;
    return matcher != null && matcher.matches() ? new ApiKeyText(matcher.group(1), text) : null;
  }

  /** Makes a new one. */
  public static ApiKeyText random(SecureRandom random) {
    StringBuilder id = new StringBuilder(ID_LENGTH);
    for (int i = 0; i < ID_LENGTH; i++) {
      id.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
    }
    byte[] secret = new byte[SECRET_BYTES];
    random.nextBytes(secret);
    String end = Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
    return new ApiKeyText(id.toString(), "ak_" + id + "_" + end);
  }

  @Override
  public String toString() {
    return "ApiKeyText[" + id + "]";
  }
}
