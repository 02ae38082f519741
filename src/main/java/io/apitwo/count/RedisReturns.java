package io.apitwo.count;

import io.apitwo.limit.Quota;
import io.apitwo.limit.Return;
import io.apitwo.limit.Subject;
import java.util.ArrayList;
import java.util.List;

/** Returns as one call of the script that takes back; its comments describe the bytes. */
final class RedisReturns {
  /** The largest integer that a Lua number holds exactly. */
  private static final long MOST = (1L << 53) - 1;

  private final List<byte[]> keys = new ArrayList<>();
  private final RedisBytes out = RedisBytes.writer();

  RedisReturns(List<Return> returns) {
    returns.forEach(this::add);
  }

  private void add(Return unspent) {
    long cost = unspent.charge().cost();
    long amount = Math.min(unspent.count(), MOST / cost) * cost;
    long[] windows = unspent.receipt().windows();
    int bucket = 0;
    int key = 0;
    for (Subject subject : unspent.charge().subjects()) {
      keys.add(RedisKeys.packed(subject.limit().name(), subject.client()));
      out.put(unspent.receipt().epochs()[key++], 7).put(amount, 7);
      out.put(subject.limit().quotas().size(), 1);
      for (Quota quota : subject.limit().quotas()) {
        out.put(quota.window().ordinal(), 1).put(windows[bucket++], 5);
      }
    }
  }

  List<byte[]> keys() {
    return keys;
  }

  List<byte[]> arguments() {
    return List.of(out.toBytes());
  }
}
