package io.apitwo.rules;

import io.apitwo.rules.Identity.ApiKey;
import io.apitwo.rules.Identity.ApiKeys;
import io.apitwo.rules.Identity.Failures;
import io.apitwo.rules.Identity.Jwt;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads how clients prove who they are. */
final class IdentityReader {
  private static final String API_KEYS = "a list of {hash, consumer, plan, expires}";
  private static final String A_HASH = "ID:SALT:SHA256 as key new prints it";
  private static final String AN_INSTANT = "an instant such as 2030-01-31T00:00:00Z";
  private static final long MOST_FAILURES = 1_000_000;
  private static final String FAILURES =
      "a rate such as 10/s, 600/m or 1000/h, of at most " + MOST_FAILURES;

  private IdentityReader() {}

  /**
   * @param access whose plans keys may name
   */
  static Identity read(Fields identity, Access access) {
    int prefix = (int) identity.at("ipv6Prefix").integer(32, 128, 64);
    Jwt jwt = JwtReader.read(identity.at("jwt"));
    ApiKeys apiKeys = apiKeys(identity.at("apiKeys"), identity.at("apiKeysInRedis"), access);
    Failures failures = identity.at("failures").text(IdentityReader::failures, FAILURES);
    identity.end();
    return new Identity(prefix, jwt, apiKeys, failures == null ? Failures.BY_DEFAULT : failures);
  }

  private static @Nullable Failures failures(String text) {
    Rate rate = Rate.parse(text);
    return rate == null || rate.tokens() > MOST_FAILURES
        ? null
        : new Failures(rate.tokens(), rate.periodMicros());
  }

  private static ApiKeys apiKeys(Field list, Field inRedis, Access access) {
    Map<String, ApiKey> keys = new LinkedHashMap<>();
    for (Field item : list.items(API_KEYS)) {
      Fields fields = item.fields(API_KEYS);
      if (fields == null) {
        continue;
      }
      Field hashed = fields.at("hash").secret();
      String hash = hashed.required(A_HASH).text(t -> ApiKeyHash.isHash(t) ? t : null, A_HASH);
      String consumer =
          fields.at("consumer").required(Syntax.A_NAME).text(Syntax::name, Syntax.A_NAME);
      Field planName = fields.at("plan");
      String plan = planName.text(Syntax::name, Syntax.A_NAME);
      if (plan != null && access.plan(plan) == null) {
        planName.refuse("the name of a plan");
      }
      Instant expires = fields.at("expires").text(Syntax::instant, AN_INSTANT);
      fields.end();
      if (hash != null && consumer != null) {
        String id = hash.substring(0, hash.indexOf(':'));
        if (keys.putIfAbsent(id, new ApiKey(hash, consumer, plan, expires)) != null) {
          hashed.refuse("each key once");
        }
      }
    }
    return new ApiKeys(keys, inRedis.flag(false));
  }
}
