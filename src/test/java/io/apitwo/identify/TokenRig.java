package io.apitwo.identify;

import io.apitwo.TestTokens;
import io.apitwo.rules.Identity;
import io.apitwo.rules.Identity.ApiKeys;
import io.apitwo.rules.Identity.Failures;
import io.apitwo.rules.Identity.Jwt;
import io.apitwo.rules.Identity.TokenKey;
import io.apitwo.rules.IpAddress;
import io.apitwo.telemetry.IdentityMeter;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A verifier with a key of every kind, at an instant of its own. */
final class TokenRig {
  static final Instant NOW = Instant.parse("2030-01-01T00:00:00Z");
  static final long NOW_SECONDS = NOW.getEpochSecond();
  static final Caller CALLER = Caller.of(IpAddress.parse("192.0.2.1"), 64, false);
  private static final Failures PLENTY = new Failures(1_000_000, 1_000_000);

  final FetchedKeys fetched = new FetchedKeys();
  final Map<IdentityMeter.Token, Integer> counts = new EnumMap<>(IdentityMeter.Token.class);
  final TokenVerifier verifier;
  Instant now = NOW;
  long nanos;

  TokenRig(Vertx vertx) {
    this.verifier =
        new TokenVerifier(
            new TokenSignatures(vertx),
            new VerifiedTokens(1 << 20),
            fetched,
            new FailureGuard(() -> nanos),
            () -> now,
            new IdentityMeter() {
              @Override
              public void token(Token outcome) {
                counts.merge(outcome, 1, Integer::sum);
              }

              @Override
              public void apiKey(ApiKey outcome) {}
            });
  }

  /** With one key of each kind, none of which has a name. */
  static TokenRig withAllKeys(Vertx vertx) {
    TokenRig rig = new TokenRig(vertx);
    rig.accept(allKeys(), Set.copyOf(TestTokens.ALGORITHMS));
    return rig;
  }

  static List<TokenKey> allKeys() {
    List<TokenKey> keys = new ArrayList<>();
    keys.add(new TokenKey.Secret(TestTokens.SECRET, null));
    for (String kind :
        new HashSet<>(TestTokens.ALGORITHMS.stream().map(TestTokens::kind).toList())) {
      keys.add(new TokenKey.Pem(TestTokens.pem(TestTokens.pair(kind, "own").getPublic()), null));
    }
    return keys;
  }

  void accept(List<TokenKey> keys, Set<String> algorithms) {
    accept(new Jwt(keys, algorithms, null, Set.of(), Duration.ofSeconds(5)), PLENTY);
  }

  void accept(Jwt jwt, Failures failures) {
    verifier.rulesChanged(new Identity(64, jwt, ApiKeys.NONE, failures));
  }

  /** What a token proves; an Authorization header for each text. */
  Identified show(String... lines) {
    return verifier.identify(
        new SampleRequest(name -> name.equals("authorization") ? List.of(lines) : List.of()),
        CALLER);
  }

  boolean accepts(String token) {
    return !show("Bearer " + token).equals(Identified.NOBODY);
  }

  int count(IdentityMeter.Token outcome) {
    return counts.getOrDefault(outcome, 0);
  }

  /** Claims that are right, with more of them. */
  static String claims(String more) {
    return "{\"exp\":" + (NOW_SECONDS + 60) + ",\"sub\":\"alice\"" + more + "}";
  }
}
