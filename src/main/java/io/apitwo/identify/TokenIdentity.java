package io.apitwo.identify;

import io.apitwo.telemetry.IdentityMeter;
import io.vertx.core.Vertx;
import java.time.InstantSource;

/** What the identifiers of a node's event loops have in common, and how they are made. */
public final class TokenIdentity {
  private final FetchedKeys fetched;
  private final ApiKeyDirectory directory;
  private final FailureGuard guard = new FailureGuard(System::nanoTime);

  /**
   * @param fetched key sets
   * @param directory of API keys that are not in the rules
   */
  public TokenIdentity(FetchedKeys fetched, ApiKeyDirectory directory) {
    this.fetched = fetched;
    this.directory = directory;
  }

  /**
   * An identifier for one event loop.
   *
   * @param meter of this loop
   */
  public Identifier identifier(Vertx vertx, IdentityMeter meter) {
    InstantSource clock = InstantSource.system();
    TokenVerifier tokens =
        new TokenVerifier(new TokenSignatures(vertx), fetched, guard, clock, meter);
    ApiKeyIdentifier apiKeys =
        new ApiKeyIdentifier(directory, guard, clock, System::nanoTime, meter);
    return new Identification(tokens, apiKeys);
  }
}
