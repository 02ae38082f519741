package io.apitwo.count;

import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Phase;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Return;
import io.apitwo.limit.Subject;
import io.apitwo.limit.WindowQuota;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * Refunds as calls of the script that takes back from plain counters; its comments describe the
 * bytes. Nothing else is taken back there: plain counters do not tell one life of theirs from
 * another, so what was never spent might pass once more after a counter was removed. A refund is of
 * a request that did count; a counter that was removed meanwhile is lowered by as much as came in.
 */
final class RedisPlainReturns {
  /** Clients in one call: Redis serves nobody else while a script runs. */
  private static final int MOST_CLIENTS = 128;

  /** The largest integer that a Lua number holds exactly. */
  private static final long MOST = (1L << 53) - 1;

  private final RedisBytes out = RedisBytes.writer();
  private int clients;

  private RedisPlainReturns() {}

  static List<RedisPlainReturns> of(List<Return> returns) {
    List<RedisPlainReturns> calls = new ArrayList<>();
    RedisPlainReturns open = null;
    for (Return refund : returns) {
      int bucket = 0;
      for (Subject subject : refund.charge().subjects()) {
        int firstBucket = bucket;
        bucket += subject.limit().quotas().size();
        if (refund.reason() != Return.Reason.REFUNDED
            || subject.limit().algorithm() != Algorithm.FIXED) {
          continue;
        }
        if (open == null || open.clients == MOST_CLIENTS) {
          open = new RedisPlainReturns();
          calls.add(open);
        }
        open.add(refund, subject, firstBucket);
      }
    }
    return calls;
  }

  private void add(Return refund, Subject subject, int firstBucket) {
    Limit limit = subject.limit();
    long cost = refund.charge().cost();
    clients++;
    put(limit.name());
    put(subject.client());
    out.put(limit.phased() ? Phase.of(subject.client()) : 0, 1)
        .put(Math.min(refund.count(), MOST / cost) * cost, 7)
        .put(limit.quotas().size(), 1);
    int bucket = firstBucket;
    for (Quota quota : limit.quotas()) {
      out.put(((WindowQuota) quota).window().ordinal(), 1)
          .put(refund.receipt().windows()[bucket++], 5);
    }
  }

  private void put(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    out.put(bytes.length, 2).put(bytes);
  }

  RedisCall call(long deadlineNanos) {
    List<byte[]> arguments = List.of(out.toBytes());
    return new RedisCall(
        RedisScript.PLAIN_RETURN, List.of(), notAfterMicros -> arguments, deadlineNanos);
  }
}
