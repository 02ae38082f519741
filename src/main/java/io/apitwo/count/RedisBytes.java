package io.apitwo.count;

import java.util.Arrays;

/** Bytes as scripts read and write them: unsigned big-endian integers of 1 to 7 bytes. */
final class RedisBytes {
  private byte[] bytes;
  private int at;

  private RedisBytes(byte[] bytes) {
    this.bytes = bytes;
  }

  /** To write into, of any size in the end. */
  static RedisBytes writer() {
    return new RedisBytes(new byte[64]);
  }

  /** To read from. */
  static RedisBytes reader(byte[] bytes) {
    return new RedisBytes(bytes);
  }

  RedisBytes put(long value, int size) {
    reserve(size);
    for (int shift = 8 * (size - 1); shift >= 0; shift -= 8) {
      bytes[at++] = (byte) (value >> shift);
    }
    return this;
  }

  RedisBytes put(byte[] more) {
    reserve(more.length);
    System.arraycopy(more, 0, bytes, at, more.length);
    at += more.length;
    return this;
  }

  private void reserve(int size) {
    if (at + size > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, at + size));
    }
  }

  long get(int size) {
    long value = 0;
    for (int i = 0; i < size; i++) {
      value = value << 8 | bytes[at++] & 0xff;
    }
    return value;
  }

  /** What was written. */
  byte[] toBytes() {
    return Arrays.copyOf(bytes, at);
  }
}
