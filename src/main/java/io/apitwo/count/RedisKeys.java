package io.apitwo.count;

import io.apitwo.limit.Algorithm;
import io.apitwo.limit.Subject;
import java.nio.charset.StandardCharsets;

/**
 * The names of packed records: {@code apitwo:{sNN}:LIMIT:CLIENT} for fixed windows, {@code
 * apitwo:{sNN}:LIMIT@ALGORITHM:CLIENT} for others, so that nodes with old and new rules do not take
 * each other's records for their own. NN is one of {@value #SHARDS} shards, by the client alone, so
 * that all limits of one client lie in one slot of a cluster and a batch meets few slots. A limit's
 * name has neither colon nor at-sign, so no two records share a name.
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

  /** The record of a limit of any algorithm. */
  static byte[] of(Subject subject) {
    String name = subject.limit().name();
    Algorithm algorithm = subject.limit().algorithm();
    return packed(
        algorithm == Algorithm.FIXED ? name : name + '@' + algorithm.word(), subject.client());
  }

  /** The record of a limit of fixed windows. */
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
