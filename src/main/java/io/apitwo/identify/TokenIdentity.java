package io.apitwo.identify;

import io.apitwo.telemetry.IdentityMeter;
import io.vertx.core.Vertx;
import java.time.InstantSource;

/** What the identifiers of a node's event loops have in common, and how they are made. */
public final class TokenIdentity {
  /** Of the heap, which verified tokens may take on all loops together. */
  private static final int HEAP_SHARE = 32;

  private final KeySets keys;
  private final ApiKeyDirectory directory;
  private final long tokenBytes;
  private final FailureGuard guard = new FailureGuard(System::nanoTime);
  private final FailureGuard guardOfTrials = new FailureGuard(System::nanoTime);

  /**
   * @param keys that are fetched
   * @param directory of API keys that are not in the rules
   * @param loops how many event loops there are
   */
  public TokenIdentity(KeySets keys, ApiKeyDirectory directory, int loops) {
    this.keys = keys;
    this.directory = directory;
    this.tokenBytes = Runtime.getRuntime().maxMemory() / HEAP_SHARE / loops;
  }

  /**
   * An identifier for one event loop.
   *
   * @param meter of this loop
   */
  public Identifier identifier(Vertx vertx, IdentityMeter meter) {
    return identifier(vertx, keys.live(), guard, meter);
  }

  /**
   * An identifier for rules on trial on one event loop. It counts failures apart from all others,
   * and measures nothing.
   */
  public Identifier onTrial(Vertx vertx) {
    return identifier(vertx, keys.onTrial(), guardOfTrials, IdentityMeter.NONE);
  }

  /**
   * An identifier for one event loop that says what {@link #identifier} would say. Its failures
   * count for nobody, and it measures nothing.
   */
  public Identifier onlooker(Vertx vertx) {
    return identifier(vertx, keys.live(), guard.onlooker(), IdentityMeter.NONE);
  }

  private Identifier identifier(
      Vertx vertx, FetchedKeys fetched, FailureGuard guarded, IdentityMeter meter) {
    InstantSource clock = InstantSource.system();
    TokenVerifier tokens =
        new TokenVerifier(
            new TokenSignatures(vertx),
            new VerifiedTokens(tokenBytes),
            fetched,
            guarded,
            clock,
            meter);
    ApiKeyIdentifier apiKeys =
        new ApiKeyIdentifier(directory, guarded, clock, System::nanoTime, meter);
    return new Identification(tokens, apiKeys);
  }
}
