package io.apitwo.count;

import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Phase;
import io.apitwo.limit.Subject;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What one client has used of one limit, as a call of the script that forgets it; its comments
 * describe the bytes.
 */
final class RedisReset {
  private RedisReset() {}

  /**
   * @param plain whether fixed windows are plain counters
   */
  static RedisCall of(Subject subject, boolean plain, long deadlineNanos) {
    Limit limit = subject.limit();
    boolean counters = plain && limit.algorithm() == Algorithm.FIXED;
    String prefix = limit.name().equals("default") ? "limit:" : "limit:" + limit.name() + ":";
    byte[] named = bytes(counters ? prefix : "");
    byte[] client = bytes(subject.client());
    byte[] phase = {(byte) (limit.phased() ? Phase.of(subject.client()) : 0)};
    return new RedisCall(
        RedisScript.RESET,
        counters ? List.of() : List.of(RedisKeys.of(subject)),
        notAfterMicros -> List.of(header(notAfterMicros), named, client, phase),
        deadlineNanos);
  }

  private static byte[] header(long notAfterMicros) {
    return RedisBytes.writer().put(notAfterMicros, 7).put(0, 4).put(0, 2).put(0, 2).toBytes();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
