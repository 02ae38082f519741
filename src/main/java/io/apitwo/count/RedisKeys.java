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
  private static final int SLOTS = 16_384;
  private static final String[] TAGS = tags();

  private RedisKeys() {}

  /**
   * The shard of a client, from 0: the top bits of its hash (which the JDK defines once and for
   * all), spread by Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4).
   */
  static int shard(String client) {
    return client.hashCode() * GOLDEN >>> Integer.SIZE - SHARD_BITS;
  }

  static byte[] packed(String limit, String client) {
    String name = "apitwo:{" + TAGS[shard(client)] + "}:" + limit + ":" + client;
    return name.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** What a cluster hashes of the names of a shard: {@code s00} to {@code s63}. */
  static byte[] tag(int shard) {
    return TAGS[shard].getBytes(StandardCharsets.ISO_8859_1);
  }

  private static String[] tags() {
    String[] tags = new String[SHARDS];
    for (int shard = 0; shard < SHARDS; shard++) {
      tags[shard] = "s" + shard / 10 + shard % 10;
    }
    return tags;
  }

  /**
   * The slot of a cluster in which a name lies: CRC-16/XMODEM modulo 16,384 (Redis Cluster
   * specification, "Key distribution model").
   *
   * @param hashed the name, or what it has between braces
   */
  static int slot(byte[] hashed) {
    int crc = 0;
    for (byte b : hashed) {
      crc ^= (b & 0xff) << 8;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 0x8000) == 0 ? crc << 1 : crc << 1 ^ 0x1021;
      }
      crc &= 0xffff;
    }
    return crc % SLOTS;
  }
}
