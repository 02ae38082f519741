package io.apitwo.identify;

import io.apitwo.rules.ApiKeyHash;
import io.apitwo.rules.ApiKeyPlaces;
import io.apitwo.rules.ApiKeyText;
import io.apitwo.rules.Identity;
import io.apitwo.rules.Identity.ApiKey;
import io.apitwo.rules.Rules;
import io.apitwo.telemetry.IdentityMeter;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Says whose API key a request shows: by the rules, and by a directory if the rules want that.
 *
 * <p>Confined to one event loop.
 */
final class ApiKeyIdentifier {
  private final ApiKeyDirectory directory;
  private final FailureGuard guard;
  private final InstantSource clock;
  private final IdentityMeter meter;
  private final FoundApiKeys found;
  private final Map<String, ApiKeyHash> hashes = new HashMap<>();
  private Identity identity = Identity.ADDRESSES;
  private ApiKeyPlaces places = ApiKeyPlaces.NONE;

  /**
   * @param clock wall time
   * @param nanoClock elapsed time
   */
  ApiKeyIdentifier(
      ApiKeyDirectory directory,
      FailureGuard guard,
      InstantSource clock,
      LongSupplier nanoClock,
      IdentityMeter meter) {
    this.directory = directory;
    this.guard = guard;
    this.clock = clock;
    this.meter = meter;
    this.found = new FoundApiKeys(nanoClock);
  }

  void rulesChanged(Rules rules) {
    identity = rules.identity();
    places = rules.apiKeyPlaces();
    hashes.clear();
    identity
        .apiKeys()
        .byId()
        .forEach(
            (id, key) -> {
              ApiKeyHash hash = ApiKeyHash.parse(key.hash());
              if (hash != null) {
                hashes.put(id, hash);
              }
            });
  }

  /** The text in the one place where there is something; null without, and where there is more. */
  @Nullable String shown(Request request) {
    String shown = null;
    for (String name : places.headers()) {
      List<String> lines = request.headers().values(name);
      if (lines.size() > 1 || (!lines.isEmpty() && shown != null)) {
        return null;
      }
      shown = lines.isEmpty() ? shown : lines.get(0);
    }
    for (String name : places.parameters()) {
      String value = FormFields.only(request.query(), name);
      if (value != null && shown != null) {
        return null;
      }
      shown = value == null ? shown : value;
    }
    return shown;
  }

  /** What a key proves; null when the directory has to be asked. Never throws. */
  @Nullable Identified now(String shown, Caller caller) {
    ApiKeyText text = ApiKeyText.parse(shown);
    if (text == null) {
      return failed(caller);
    }
    ApiKeyHash hash = hashes.get(text.id());
    if (hash != null) {
      ApiKey key = identity.apiKeys().byId().get(text.id());
      return key != null && hash.matches(text) ? known(key) : failed(caller);
    }
    if (!identity.apiKeys().inRedis()) {
      return failed(caller);
    }
    FoundApiKeys.Found known = found.known(text.id());
    if (known != null) {
      return known.hash().matches(text) ? known(known.key()) : failed(caller);
    }
    return found.isUnknown(text.id()) ? failed(caller) : null;
  }

  /**
   * Asks the directory for a key that {@link #now} said nothing of.
   *
   * @param then told once, on the same event loop
   */
  void ask(String shown, Caller caller, Consumer<Identified> then) {
    ApiKeyText text = ApiKeyText.parse(shown);
    if (text == null) {
      then.accept(failed(caller));
      return;
    }
    long retryAfterSeconds = guard.take(caller.client(), identity.failures());
    if (retryAfterSeconds > 0) {
      then.accept(throttled(retryAfterSeconds));
      return;
    }
    directory.find(
        text.id(),
        fields -> {
          found.heard(text.id(), fields);
          FoundApiKeys.Found known = found.known(text.id());
          boolean right = known != null && known.hash().matches(text);
          if (right || fields == null) {
            guard.giveBack(caller.client(), identity.failures());
          }
          then.accept(right ? known(known.key()) : unknown(fields == null));
        });
  }

  private Identified known(ApiKey key) {
    Instant expires = key.expires();
    if (expires != null && !clock.instant().isBefore(expires)) {
      meter.apiKey(IdentityMeter.ApiKey.EXPIRED);
      return Identified.NOBODY;
    }
    meter.apiKey(IdentityMeter.ApiKey.KNOWN);
    return new Identified.As(new Credentials(Map.of(), key.consumer(), key.plan()));
  }

  private Identified unknown(boolean noAnswer) {
    meter.apiKey(noAnswer ? IdentityMeter.ApiKey.UNAVAILABLE : IdentityMeter.ApiKey.UNKNOWN);
    return Identified.NOBODY;
  }

  /** It is wrong for certain, so only what it cost is to be settled. */
  private Identified failed(Caller caller) {
    long retryAfterSeconds = guard.take(caller.client(), identity.failures());
    return retryAfterSeconds > 0 ? throttled(retryAfterSeconds) : unknown(false);
  }

  private Identified throttled(long retryAfterSeconds) {
    meter.apiKey(IdentityMeter.ApiKey.THROTTLED);
    return new Identified.TooManyFailures(retryAfterSeconds);
  }
}
