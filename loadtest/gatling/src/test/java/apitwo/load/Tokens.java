package apitwo.load;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Tokens (JWT, HS256) by a secret that is made anew for each run. */
final class Tokens {
  private static final Duration LIFE = Duration.ofHours(1);
  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();
  private static final String HEADER = encoded("{\"alg\":\"HS256\",\"typ\":\"JWT\"}");
  private static final byte[] SECRET = secret();

  private static byte[] secret() {
    var random = new byte[32];
    new SecureRandom().nextBytes(random);
    return bytes(HexFormat.of().formatHex(random));
  }

  /** The secret, for the gateways. */
  static Path file(Path folder) {
    try {
      Files.createDirectories(folder);
      return Files.write(folder.resolve("token.secret"), SECRET);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String of(String subject, String plan) {
    var claims = claims(subject, plan);
    return HEADER + "." + claims + "." + signature(claims);
  }

  /** One whose claims were changed after it was signed. */
  static String forged(String subject, String plan, String changedTo) {
    return HEADER + "." + claims(subject, changedTo) + "." + signature(claims(subject, plan));
  }

  private static String claims(String subject, String plan) {
    long expiry = Instant.now().plus(LIFE).getEpochSecond();
    return encoded("{\"sub\":\"%s\",\"plan\":\"%s\",\"exp\":%d}".formatted(subject, plan, expiry));
  }

  private static String signature(String claims) {
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(SECRET, "HmacSHA256"));
      return BASE64.encodeToString(mac.doFinal(bytes(HEADER + "." + claims)));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String encoded(String text) {
    return BASE64.encodeToString(bytes(text));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private Tokens() {}
}
