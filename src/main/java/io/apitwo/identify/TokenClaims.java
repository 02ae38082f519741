package io.apitwo.identify;

import io.apitwo.rules.Identity.Jwt;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Checks what every token has to claim (RFC 7519 section 4.1). */
final class TokenClaims {
  /** The end of the year 9999, in seconds. */
  private static final long LAST_SECOND = 253_402_300_799L;

  /** What is wrong with the claims of a token. */
  enum Flaw {
    /** One is missing, of the wrong type, or not what it has to be. */
    WRONG,
    /** It is too early or too late for the token. */
    UNTIMELY
  }

  private TokenClaims() {}

  /** Null where nothing is wrong. */
  static @Nullable Flaw flaw(Map<String, Object> claims, Jwt wanted, long nowSeconds) {
    if (!areTimesSound(claims) || !isIssuer(claims, wanted) || !isAudience(claims, wanted)) {
      return Flaw.WRONG;
    }
    long leeway = wanted.leeway().toSeconds();
    boolean early = isAfter(claims.get("nbf"), nowSeconds + leeway);
    boolean made = !isAfter(claims.get("iat"), nowSeconds + leeway);
    boolean over = nowSeconds - leeway >= expires(claims);
    return early || !made || over ? Flaw.UNTIMELY : null;
  }

  /** In seconds since 1970; of claims without a flaw. */
  static long expires(Map<String, Object> claims) {
    return (Long) claims.get("exp");
  }

  private static boolean areTimesSound(Map<String, Object> claims) {
    return claims.get("exp") instanceof Long exp
        && exp > 0
        && exp <= LAST_SECOND
        && isTimeOrAbsent(claims, "nbf")
        && isTimeOrAbsent(claims, "iat");
  }

  private static boolean isTimeOrAbsent(Map<String, Object> claims, String name) {
    Object value = claims.get(name);
    return value == null
        || (value instanceof Number time
            && time.doubleValue() >= 0
            && time.doubleValue() <= LAST_SECOND);
  }

  private static boolean isAfter(@Nullable Object time, long seconds) {
    return time instanceof Number number && number.doubleValue() > seconds;
  }

  private static boolean isIssuer(Map<String, Object> claims, Jwt wanted) {
    return wanted.issuer() == null || wanted.issuer().equals(claims.get("iss"));
  }

  private static boolean isAudience(Map<String, Object> claims, Jwt wanted) {
    if (wanted.audience().isEmpty()) {
      return true;
    }
    Object audience = claims.get("aud");
    if (audience instanceof List<?> list) {
      return list.stream().allMatch(String.class::isInstance)
          && list.stream().anyMatch(wanted.audience()::contains);
    }
    return audience instanceof String name && wanted.audience().contains(name);
  }
}
