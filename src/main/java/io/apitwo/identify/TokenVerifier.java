package io.apitwo.identify;

import io.apitwo.identify.VerifiedTokens.Hash;
import io.apitwo.identify.VerifiedTokens.Verified;
import io.apitwo.rules.Identity;
import io.apitwo.rules.Identity.Jwt;
import io.apitwo.telemetry.IdentityMeter;
import java.net.URI;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/**
 * Says what the bearer token of a request proves. A token is taken apart and judged here, so that
 * only one that is sound in all but its signature costs a verification; what was verified once is
 * remembered until it expires, or the keys change. Without a usable key no token is accepted.
 *
 * <p>Confined to one event loop.
 */
final class TokenVerifier {
  private static final String SCHEME = "bearer ";

  private final TokenSignatures signatures;
  private final FetchedKeys fetched;
  private final FailureGuard guard;
  private final InstantSource clock;
  private final IdentityMeter meter;
  private final VerifiedTokens verified;
  private Identity identity = Identity.ADDRESSES;
  private Map<URI, List<VerificationKey>> sets = Map.of();
  private TokenKeys keys = TokenKeys.NONE;

  TokenVerifier(
      TokenSignatures signatures,
      VerifiedTokens verified,
      FetchedKeys fetched,
      FailureGuard guard,
      InstantSource clock,
      IdentityMeter meter) {
    this.signatures = signatures;
    this.verified = verified;
    this.fetched = fetched;
    this.guard = guard;
    this.clock = clock;
    this.meter = meter;
  }

  /** The rules from now on; what was verified by others is forgotten. */
  void rulesChanged(Identity now) {
    if (identity != now) {
      identity = now;
      takeKeys();
    }
  }

  private void takeKeys() {
    sets = fetched.sets();
    keys = identity.jwt() == null ? TokenKeys.NONE : TokenKeys.of(identity.jwt(), sets);
    signatures.clear();
    verified.clear();
  }

  /** What the request's token proves. Never throws. */
  Identified identify(Request request, Caller caller) {
    List<String> lines = request.headers().values("authorization");
    Jwt jwt = identity.jwt();
    if (lines.isEmpty() || jwt == null) {
      return Identified.NOBODY;
    }
    if (lines.size() > 1) {
      return refused(IdentityMeter.Token.MALFORMED);
    }
    String line = lines.get(0);
    if (fetched.sets() != sets) {
      takeKeys();
    }
    long nowSeconds = clock.millis() / 1_000;
    Verified recent = verified.recent(line, nowSeconds);
    if (recent != null) {
      meter.token(IdentityMeter.Token.CACHED);
      return recent.identified();
    }
    if (!line.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      return Identified.NOBODY;
    }
    String text = line.substring(SCHEME.length()).strip();
    if (text.length() > Token.MOST_LENGTH) {
      return refused(IdentityMeter.Token.MALFORMED);
    }
    Hash hash = verified.hash(text);
    Verified known = verified.find(hash, nowSeconds);
    if (known != null) {
      verified.remember(line, hash);
      meter.token(IdentityMeter.Token.CACHED);
      return known.identified();
    }
    return identify(text, hash, jwt, caller);
  }

  private Identified refused(IdentityMeter.Token why) {
    meter.token(why);
    return Identified.NOBODY;
  }

  private Identified identify(String text, Hash hash, Jwt jwt, Caller caller) {
    Token.Reading reading = Token.read(text, jwt.algorithms());
    Token token = reading.token();
    if (token == null) {
      boolean algorithm = reading.refusal() == Token.Refusal.ALGORITHM;
      return refused(algorithm ? IdentityMeter.Token.ALGORITHM : IdentityMeter.Token.MALFORMED);
    }
    TokenClaims.Flaw flaw = TokenClaims.flaw(token.claims(), jwt, clock.millis() / 1_000);
    if (flaw != null) {
      boolean late = flaw == TokenClaims.Flaw.UNTIMELY;
      return refused(late ? IdentityMeter.Token.EXPIRED : IdentityMeter.Token.CLAIMS);
    }
    return verify(token, hash, jwt, caller);
  }

  private Identified verify(Token token, Hash hash, Jwt jwt, Caller caller) {
    VerificationKey key = keys.pick(token.algorithm(), token.kid());
    if (key == null) {
      fetched.miss();
      return refused(IdentityMeter.Token.KEY);
    }
    long retryAfterSeconds = guard.take(caller.client(), identity.failures());
    if (retryAfterSeconds > 0) {
      meter.token(IdentityMeter.Token.THROTTLED);
      return new Identified.TooManyFailures(retryAfterSeconds);
    }
    if (!signatures.isGenuine(token, key)) {
      return refused(IdentityMeter.Token.SIGNATURE);
    }
    guard.giveBack(caller.client(), identity.failures());
    meter.token(IdentityMeter.Token.VERIFIED);
    Identified.As identified = new Identified.As(new Credentials(token.claims(), null, null));
    long until = TokenClaims.expires(token.claims()) + jwt.leeway().toSeconds();
    verified.put(hash, new Verified(identified, until));
    return identified;
  }
}
