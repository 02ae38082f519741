package io.apitwo.proxy;

import io.apitwo.limit.Charge;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Standing;
import io.apitwo.limit.Subject;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the buckets of one charge stand, for people to read.
 *
 * @param standing null when nobody knows
 * @param shadow whether it only counts
 */
record Usage(Charge charge, @Nullable Standing standing, boolean shadow) {

  /** One object a limit: its name, the client key and its buckets. */
  List<JsonObject> toJson() {
    List<JsonObject> limits = new ArrayList<>();
    int bucket = 0;
    for (Subject subject : charge.subjects()) {
      JsonArray buckets = new JsonArray();
      for (Quota quota : subject.limit().quotas()) {
        buckets.add(bucket(quota, bucket++));
      }
      limits.add(
          new JsonObject()
              .put("limit", subject.limit().name())
              .put("algorithm", subject.limit().algorithm().word())
              .put("client", subject.client())
              .put("shadow", shadow)
              .put("buckets", buckets));
    }
    return limits;
  }

  private JsonObject bucket(Quota quota, int bucket) {
    JsonObject json = new JsonObject().put("bucket", quota.word()).put("quota", quota.amount());
    if (standing == null) {
      return json;
    }
    long left = standing.left()[bucket];
    json.put("used", Math.max(0, quota.amount() - left)).put("left", left);
    return quota.nominalSeconds() == 0
        ? json
        : json.put("resetSeconds", (standing.resetMillis()[bucket] + 999) / 1_000);
  }

  /** The buckets that have less left than the request costs, as {@code LIMIT.BUCKET}. */
  List<String> full() {
    List<String> full = new ArrayList<>();
    int bucket = 0;
    for (Subject subject : charge.subjects()) {
      for (Quota quota : subject.limit().quotas()) {
        long left = standing == null ? quota.amount() : standing.left()[bucket];
        bucket++;
        if (left < charge.cost()) {
          full.add(subject.limit().name() + "." + quota.word());
        }
      }
    }
    return full;
  }
}
