package io.apitwo.rules;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How clients prove who they are.
 *
 * @param ipv6Prefix how many bits of an IPv6 address make a client, 32 to 128
 * @param jwt null where no token is accepted
 * @param failures how often one address may show what turns out to be worth nothing
 */
public record Identity(int ipv6Prefix, @Nullable Jwt jwt, ApiKeys apiKeys, Failures failures) {
  /** Addresses alone. */
  public static final Identity ADDRESSES = new Identity(64, null, ApiKeys.NONE);

  public Identity(int ipv6Prefix, @Nullable Jwt jwt, ApiKeys apiKeys) {
    this(ipv6Prefix, jwt, apiKeys, Failures.BY_DEFAULT);
  }

  /**
   * So many failures at once, and as many again in each period.
   *
   * @param most at least 1
   * @param periodMicros in microseconds
   */
  public record Failures(long most, long periodMicros) {
    /** Ten a second: half a hundredth of a core, with the slowest signatures. */
    public static final Failures BY_DEFAULT = new Failures(600, 60_000_000);
  }

  /**
   * Which tokens are accepted: JSON Web Tokens in {@code Authorization: Bearer}.
   *
   * @param keys at least one
   * @param algorithms by their names in RFC 7518 and RFC 8037; at least one
   * @param issuer what {@code iss} must be; null for anything
   * @param audience of which {@code aud} must name one; empty for anything
   * @param leeway for clocks that differ, 0 to 60 s
   */
  public record Jwt(
      List<TokenKey> keys,
      Set<String> algorithms,
      @Nullable String issuer,
      Set<String> audience,
      Duration leeway) {
    public Jwt {
      keys = List.copyOf(keys);
      algorithms = Set.copyOf(algorithms);
      audience = Set.copyOf(audience);
    }
  }

  /** Where keys come from that tokens are verified with. */
  public sealed interface TokenKey {
    /**
     * A public key as PEM text.
     *
     * @param kid its id; null for none
     */
    record Pem(String text, @Nullable String kid) implements TokenKey {}

    /**
     * A shared secret, for the HS algorithms.
     *
     * @param kid its id; null for none
     */
    record Secret(String text, @Nullable String kid) implements TokenKey {
      @Override
      public String toString() {
        return "Secret[***]";
      }
    }

    /**
     * A set of keys to be fetched, again and again.
     *
     * @param url whose query may hold a secret
     */
    record Jwks(URI url) implements TokenKey {
      /** Scheme, host, port and path, to be shown to anybody. */
      @Override
      public String toString() {
        String port = url.getPort() < 0 ? "" : ":" + url.getPort();
        return url.getScheme() + "://" + url.getHost() + port + url.getRawPath();
      }
    }
  }

  /**
   * The API keys that are known.
   *
   * @param byId those of the rules
   * @param inRedis whether others are looked up in Redis
   */
  public record ApiKeys(Map<String, ApiKey> byId, boolean inRedis) {
    public static final ApiKeys NONE = new ApiKeys(Map.of(), false);

    public ApiKeys {
      byId = Map.copyOf(byId);
    }

    /** The plan that the rules give to some key of a consumer; null for none. */
    public @Nullable String planOf(String consumer) {
      return byId.values().stream()
          .filter(key -> key.consumer().equals(consumer) && key.plan() != null)
          .map(ApiKey::plan)
          .sorted()
          .findFirst()
          .orElse(null);
    }

    public boolean isEmpty() {
      return byId.isEmpty() && !inRedis;
    }
  }

  /**
   * One API key, of which only a hash is known.
   *
   * @param hash {@code ID:SALT:SHA256} as {@code key new} prints it
   * @param plan null for that which fits
   * @param expires null for never
   */
  public record ApiKey(
      String hash, String consumer, @Nullable String plan, @Nullable Instant expires) {
    /**
     * Reads what Redis has under a key's id.
     *
     * @param fields {@code hash} and {@code consumer}, and if need be {@code plan} and {@code
     *     expires}, as in the rules
     * @return null unless all of them are right
     */
    public static @Nullable ApiKey of(String id, Map<String, String> fields) {
      String hash = fields.getOrDefault("hash", "");
      String consumer = Syntax.name(fields.getOrDefault("consumer", ""));
      String plan = fields.get("plan");
      String expires = fields.get("expires");
      Instant until = expires == null ? null : Syntax.instant(expires);
      boolean whole =
          hash.startsWith(id + ":")
              && ApiKeyHash.isHash(hash)
              && (plan == null || Syntax.isName(plan))
              && (expires == null) == (until == null);
      return whole && consumer != null ? new ApiKey(hash, consumer, plan, until) : null;
    }
  }
}
