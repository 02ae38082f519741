package io.apitwo.identify;

import io.apitwo.rules.TokenAlgorithm;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A token that was taken apart and whose signature nobody has looked at: a JSON Web Token in
 * compact form (RFC 7515 section 7.1, RFC 7519, RFC 8725).
 *
 * @param text the whole of it
 * @param kid the key that it names; null for none
 */
record Token(
    String text,
    TokenAlgorithm algorithm,
    @Nullable String kid,
    Map<String, Object> claims,
    int signatureBytes) {
  /** In characters. */
  static final int MOST_LENGTH = 4_096;

  private static final int MOST_KID = 256;

  /** These change how a token is read, or bring a key along that nobody vouches for. */
  private static final Set<String> REFUSED =
      Set.of("crit", "b64", "jwk", "jku", "x5u", "x5c", "enc", "zip");

  /** What a token may call itself; one that was made for something else says so. */
  private static final List<String> TYPES =
      List.of("JWT", "application/jwt", "at+jwt", "application/at+jwt");

  /** A text that is no token to be accepted. */
  enum Refusal {
    MALFORMED,
    ALGORITHM
  }

  /** Either a token or the reason why there is none. */
  record Reading(@Nullable Token token, @Nullable Refusal refusal) {
    private static final Reading MALFORMED = new Reading(null, Refusal.MALFORMED);
    private static final Reading ALGORITHM = new Reading(null, Refusal.ALGORITHM);
  }

  /**
   * Never throws.
   *
   * @param accepted the names of the algorithms that are
   */
  static Reading read(String text, Set<String> accepted) {
    int first = text.indexOf('.');
    int second = text.indexOf('.', first + 1);
    boolean three = first > 0 && second > first + 1 && text.indexOf('.', second + 1) < 0;
    if (text.length() > MOST_LENGTH || !three || second == text.length() - 1) {
      return Reading.MALFORMED;
    }
    byte[] headerBytes = Base64Url.decode(text.substring(0, first));
    byte[] claimBytes = Base64Url.decode(text.substring(first + 1, second));
    byte[] signature = Base64Url.decode(text.substring(second + 1));
    Map<String, Object> header = headerBytes == null ? null : StrictJson.object(headerBytes);
    if (header == null || claimBytes == null || signature == null || !isAcceptable(header)) {
      return Reading.MALFORMED;
    }
    if (!(header.get("alg") instanceof String name) || !accepted.contains(name)) {
      return Reading.ALGORITHM;
    }
    Map<String, Object> claims = StrictJson.object(claimBytes);
    if (claims == null) {
      return Reading.MALFORMED;
    }
    TokenAlgorithm algorithm = TokenAlgorithm.valueOf(name);
    String kid = (String) header.get("kid");
    return new Reading(new Token(text, algorithm, kid, claims, signature.length), null);
  }

  private static boolean isAcceptable(Map<String, Object> header) {
    Object kid = header.get("kid");
    Object type = header.get("typ");
    return REFUSED.stream().noneMatch(header::containsKey)
        && (kid == null || (kid instanceof String text && text.length() <= MOST_KID))
        && (type == null
            || (type instanceof String text && TYPES.stream().anyMatch(text::equalsIgnoreCase)));
  }

  @Override
  public String toString() {
    return "Token[" + algorithm + "]";
  }
}
