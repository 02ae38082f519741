package io.apitwo.identify;

import io.apitwo.identify.Identified.As;
import io.apitwo.rules.Rules;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells who sent a request by its token and its API key. Whatever is wrong with either of them
 * proves nothing, and the limits say what that means.
 *
 * <p>Confined to one event loop.
 */
final class Identification implements Identifier {
  private final TokenVerifier tokens;
  private final ApiKeyIdentifier apiKeys;

  Identification(TokenVerifier tokens, ApiKeyIdentifier apiKeys) {
    this.tokens = tokens;
    this.apiKeys = apiKeys;
  }

  @Override
  public void rulesChanged(Rules rules) {
    tokens.rulesChanged(rules.identity());
    apiKeys.rulesChanged(rules);
  }

  @Override
  public @Nullable Identified now(Request request, Caller caller, Admission admission) {
    String shown = admission.needsApiKey() ? apiKeys.shown(request) : null;
    Identified key = shown == null ? Identified.NOBODY : apiKeys.now(shown, caller);
    return key == null ? null : with(key, request, caller, admission);
  }

  @Override
  public void ask(Request request, Caller caller, Admission admission, Consumer<Identified> then) {
    String shown = apiKeys.shown(request);
    if (shown == null) { // cannot be: else somebody would have known it at once
      then.accept(with(Identified.NOBODY, request, caller, admission));
      return;
    }
    apiKeys.ask(shown, caller, key -> then.accept(with(key, request, caller, admission)));
  }

  private Identified with(Identified key, Request request, Caller caller, Admission admission) {
    if (!admission.needsToken() || !(key instanceof As known)) {
      return key;
    }
    Identified token = tokens.identify(request, caller);
    return known.credentials() == Credentials.NONE || !(token instanceof As proven)
        ? token
        : new As(
            new Credentials(
                proven.credentials().claims(),
                known.credentials().consumer(),
                known.credentials().plan()));
  }
}
