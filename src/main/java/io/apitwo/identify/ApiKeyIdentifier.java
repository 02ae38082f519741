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
import java.util.ArrayList;
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

  /** By the names that are being looked up: who waits for what comes of it. */
  private final Map<String, List<Runnable>> lookups = new HashMap<>();

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
    if (found.isUnknown(text.id())) {
      return failed(caller);
    }
    return found.isSilent() ? unknown(true) : null;
  }

  /**
   * Asks the directory for a key that {@link #now} said nothing of. All who show keys of one name
   * wait for one lookup. It costs the first one an attempt until it turns out to be right, unless
   * it was right a while ago; the others fail when there is something to compare with.
   *
   * @param then told once, on the same event loop
   */
  void ask(String shown, Caller caller, Consumer<Identified> then) {
    ApiKeyText text = ApiKeyText.parse(shown);
    if (text == null) {
      then.accept(failed(caller));
      return;
    }
    List<Runnable> others = lookups.get(text.id());
    if (others != null) {
      others.add(() -> then.accept(heard(text, caller, false)));
      return;
    }
    boolean free = found.wasRight(text);
    long retryAfterSeconds = free ? 0 : guard.take(caller.client(), identity.failures());
    if (retryAfterSeconds > 0) {
      then.accept(throttled(retryAfterSeconds));
      return;
    }
    List<Runnable> waiting = new ArrayList<>();
    waiting.add(() -> then.accept(heard(text, caller, !free)));
    lookups.put(text.id(), waiting);
    directory.find(
        text.id(),
        fields -> {
          found.heard(text.id(), fields);
          lookups.remove(text.id());
          waiting.forEach(Runnable::run);
        });
  }

  /**
   * @param taken whether an attempt was taken for it
   */
  private Identified heard(ApiKeyText text, Caller caller, boolean taken) {
    FoundApiKeys.Found known = found.known(text.id());
    boolean right = known != null && known.hash().matches(text);
    boolean noAnswer = known == null && found.isSilent();
    if (taken && (right || noAnswer)) {
      guard.giveBack(caller.client(), identity.failures());
    }
    if (right) {
      return known(known.key());
    }
    return taken || noAnswer ? unknown(noAnswer) : failed(caller);
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
