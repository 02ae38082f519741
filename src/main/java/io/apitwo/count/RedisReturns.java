package io.apitwo.count;

import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Return;
import io.apitwo.limit.Subject;
import io.apitwo.limit.WindowQuota;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntFunction;

/**
 * Returns of fixed windows as calls of the script that takes back, one a lane; its comments
 * describe the bytes. Nothing else is taken back there.
 */
final class RedisReturns {
  /** Keys in one call: Redis serves nobody else while a script runs. */
  private static final int MOST_KEYS = 128;

  /** The largest integer that a Lua number holds exactly. */
  private static final long MOST = (1L << 53) - 1;

  private final int lane;
  private final List<byte[]> keys = new ArrayList<>();
  private final List<byte[]> amounts = new ArrayList<>();

  private RedisReturns(int lane) {
    this.lane = lane;
  }

  /**
   * @param lanes the lane of a client
   */
  static List<RedisReturns> of(List<Return> returns, ToIntFunction<String> lanes) {
    List<RedisReturns> calls = new ArrayList<>();
    Map<Integer, RedisReturns> open = new HashMap<>();
    for (Return unspent : returns) {
      int bucket = 0;
      for (int i = 0; i < unspent.charge().subjects().size(); i++) {
        Subject subject = unspent.charge().subjects().get(i);
        int firstBucket = bucket;
        bucket += subject.limit().quotas().size();
        if (unspent.spent() || subject.limit().algorithm() != Algorithm.FIXED) {
          continue;
        }
        int lane = lanes.applyAsInt(subject.client());
        RedisReturns call = open.get(lane);
        if (call == null || call.keys.size() == MOST_KEYS) {
          call = new RedisReturns(lane);
          open.put(lane, call);
          calls.add(call);
        }
        call.add(unspent, subject, unspent.receipt().epochs()[i], firstBucket);
      }
    }
    return calls;
  }

  private void add(Return unspent, Subject subject, long epoch, int firstBucket) {
    long cost = unspent.charge().cost();
    long amount = Math.min(unspent.count(), MOST / cost) * cost;
    keys.add(RedisKeys.of(subject));
    RedisBytes out = RedisBytes.writer();
    out.put(epoch, 7).put(amount, 7).put(subject.limit().quotas().size(), 1);
    int bucket = firstBucket;
    for (Quota quota : subject.limit().quotas()) {
      out.put(((WindowQuota) quota).window().ordinal(), 1)
          .put(unspent.receipt().windows()[bucket++], 5);
    }
    amounts.add(out.toBytes());
  }

  /**
   * Gives back. While a slot is being moved, keys that are here and there go one by one.
   *
   * @return fails when it is not known to have been done
   */
  Future<Void> sendTo(RedisServers servers, long deadlineNanos) {
    return servers
        .call(lane, call(deadlineNanos))
        .<Void>mapEmpty()
        .recover(
            cause ->
                cause instanceof RedisRedirect && keys.size() > 1
                    ? Future.join(
                            apart().stream()
                                .map(one -> one.sendTo(servers, deadlineNanos))
                                .toList())
                        .mapEmpty()
                    : Future.failedFuture(cause));
  }

  /** The same, each key in a call of its own. */
  private List<RedisReturns> apart() {
    List<RedisReturns> calls = new ArrayList<>(keys.size());
    for (int i = 0; i < keys.size(); i++) {
      RedisReturns one = new RedisReturns(lane);
      one.keys.add(keys.get(i));
      one.amounts.add(amounts.get(i));
      calls.add(one);
    }
    return calls;
  }

  RedisCall call(long deadlineNanos) {
    RedisBytes out = RedisBytes.writer();
    amounts.forEach(out::put);
    List<byte[]> arguments = List.of(out.toBytes());
    return new RedisCall(
        RedisScript.PACKED_RETURN, keys, notAfterMicros -> arguments, deadlineNanos);
  }
}
