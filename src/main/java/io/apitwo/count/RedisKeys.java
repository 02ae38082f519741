package io.apitwo.count;

import java.nio.charset.StandardCharsets;

/**
 * The names of packed records: {@code apitwo:{sNN}:LIMIT:CLIENT}. NN is one of {@value #SHARDS}
 * shards, by the client alone, so that all limits of one client lie in one slot of a cluster and a
 * batch meets few slots. A limit's name has no colon, so no two pairs share a name.
 */
final class RedisKeys {
  /** A constant: a record is found only by those who share it. */
  static final int SHARDS = 64;

  private static final int SHARD_BITS = 6;
  private static final int GOLDEN = 0x9E3779B9;

  private RedisKeys() {}

  /**
   * The shard of a client, from 0: the top bits of its hash (which the JDK defines once and for
   * all), spread by Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4).
   */
  static int shard(String client) {
    return client.hashCode() * GOLDEN >>> Integer.SIZE - SHARD_BITS;
  }

  static byte[] packed(String limit, String client) {
    int shard = shard(client);
    String name =
        "apitwo:{s" + (char) ('0' + shard / 10) + (char) ('0' + shard % 10) + "}:" + limit + ":";
    return name.concat(client).getBytes(StandardCharsets.ISO_8859_1);
  }
}
