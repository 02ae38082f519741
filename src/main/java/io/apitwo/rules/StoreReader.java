package io.apitwo.rules;

import io.apitwo.rules.Settings.Layout;
import io.apitwo.rules.Settings.Redis;
import io.apitwo.rules.Settings.Store;
import java.time.Duration;

/** Reads where counters live. */
final class StoreReader {
  private static final Duration LEAST_TIMEOUT = Duration.ofMillis(5);
  private static final Duration MOST_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration TIMEOUT = Duration.ofMillis(50);

  private enum Type {
    EMBEDDED,
    REDIS
  }

  private StoreReader() {}

  static Store read(Fields fields) {
    Field typeField = fields.at("type");
    Type type = typeField.given() ? typeField.choice(Type.class) : Type.EMBEDDED;
    int maxEntries =
        (int) fields.at("maxEntries").integer(1_000, 100_000_000, Store.sensibleEntries());
    Duration timeout = fields.at("timeout").duration(LEAST_TIMEOUT, MOST_TIMEOUT, TIMEOUT);
    Field layoutField = fields.at("layout");
    Layout layout = layoutField.choice(Layout.PACKED);
    int expectedNodes = (int) fields.at("expectedNodes").integer(1, 10_000, 1);
    RedisReader reader = new RedisReader(fields.section("redis"));
    fields.end();
    Redis redis = null;
    if (type == Type.REDIS) {
      redis = reader.read();
      if (redis.mode() == Settings.RedisMode.CLUSTER && layout == Layout.PLAIN) {
        layoutField.refuse("packed on a Redis Cluster, where plain counters could not be atomic");
      }
    } else if (type == Type.EMBEDDED) {
      reader.refuse();
    }
    return new Store(redis, maxEntries, timeout, layout, expectedNodes);
  }
}
