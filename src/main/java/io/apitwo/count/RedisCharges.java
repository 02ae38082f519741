package io.apitwo.count;

import io.apitwo.limit.Hit;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Subject;
import io.apitwo.limit.WindowQuota;
import io.vertx.core.Future;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/** Hits as calls of the script that charges them, one a lane; its comments describe the bytes. */
final class RedisCharges {
  /** Keys in one call: Redis serves nobody else while a script runs. */
  private static final int MOST_KEYS = 128;

  private final int lane;
  private final boolean plain;
  private final List<Hit> hits = new ArrayList<>();
  private final List<byte[]> keys = new ArrayList<>();
  private final RedisBytes out = RedisBytes.writer();

  private RedisCharges(int lane, boolean plain) {
    this.lane = lane;
    this.plain = plain;
  }

  /**
   * @param lanes the lane of a client
   * @param plain whether for the plain layout, whose script makes the keys itself
   */
  static List<RedisCharges> of(List<Hit> hits, ToIntFunction<String> lanes, boolean plain) {
    List<RedisCharges> calls = new ArrayList<>();
    Map<Integer, RedisCharges> open = new HashMap<>();
    for (Hit hit : hits) {
      int lane = lanes.applyAsInt(hit.subject().client());
      RedisCharges call = open.get(lane);
      if (call == null || call.hits.size() == MOST_KEYS) {
        call = new RedisCharges(lane, plain);
        open.put(lane, call);
        calls.add(call);
      }
      call.add(hit);
    }
    return calls;
  }

  private void add(Hit hit) {
    Subject subject = hit.subject();
    Limit limit = subject.limit();
    hits.add(hit);
    if (plain) {
      put(limit.name());
      put(subject.client());
    } else {
      keys.add(RedisKeys.packed(limit.name(), subject.client()));
    }
    out.put(limit.quotas().size(), 1);
    for (int i = 0; i < limit.quotas().size(); i++) {
      out.put(((WindowQuota) limit.quotas().get(i)).window().ordinal(), 1);
      out.put(hit.windows()[i], 5).put(hit.amounts()[i], 7);
    }
  }

  private void put(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    out.put(bytes.length, 2).put(bytes);
  }

  /**
   * @return what became of the hits; does not fail
   */
  Future<Charged> sendTo(RedisServers servers, long deadlineNanos) {
    return servers
        .call(lane, call(deadlineNanos))
        .map(done -> Charged.ALL)
        .otherwise(
            cause ->
                cause instanceof RedisRedirect
                    ? Charged.undone(hits)
                    : Charged.failed(hits, cause));
  }

  RedisCall call(long deadlineNanos) {
    List<byte[]> arguments = List.of(out.toBytes());
    return new RedisCall(
        plain ? RedisScript.PLAIN_CHARGE : RedisScript.PACKED_CHARGE,
        keys,
        notAfterMicros -> arguments,
        deadlineNanos);
  }
}
