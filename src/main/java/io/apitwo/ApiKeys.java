package io.apitwo;

import io.apitwo.count.CounterStore;
import io.apitwo.count.RedisHashes;
import io.apitwo.count.RedisStore;
import io.apitwo.identify.ApiKeyDirectory;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.Map;

/** Finds the API keys that are in Redis: each a hash {@code apitwo:keys:ID}. */
final class ApiKeys {
  private static final String KEY = "apitwo:keys:";
  private static final List<String> FIELDS = List.of("hash", "consumer", "plan", "expires");

  private ApiKeys() {}

  static ApiKeyDirectory of(CounterStore store) {
    if (!(store instanceof RedisStore redis)) {
      return ApiKeyDirectory.NONE;
    }
    RedisHashes hashes = redis.hashes();
    return (id, then) -> {
      Context asker = Vertx.currentContext();
      hashes
          .read(KEY + id, FIELDS)
          .otherwise((Map<String, String>) null)
          .onSuccess(fields -> asker.runOnContext(now -> then.accept(fields)));
    };
  }
}
