package io.apitwo.count;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * A Lua script that Redis runs as one step, and the digest by which it is called. Answers start
 * with a status byte and Redis's time in microseconds (7 bytes); see the scripts themselves.
 */
final class RedisScript {
  /** Decides a batch on packed records, for limits of fixed windows. */
  static final RedisScript PACKED_SETTLE =
      of("calendar.lua", "call.lua", "fixed.lua", "packed-settle.lua");

  /** Decides a batch of any limits, fixed windows in packed records. */
  static final RedisScript MIXED_SETTLE = mixed("fixed.lua", "packed-fixed.lua");

  /** Takes back from packed records. */
  static final RedisScript PACKED_RETURN = of("packed-return.lua");

  /** Takes refunds back from plain counters. */
  static final RedisScript PLAIN_RETURN = of("calendar.lua", "plain-return.lua");

  /** Adds to packed records what passed without them. */
  static final RedisScript PACKED_CHARGE = of("calendar.lua", "packed-charge.lua");

  /** Adds to plain counters what passed without them. */
  static final RedisScript PLAIN_CHARGE = of("calendar.lua", "plain-charge.lua");

  /** Forgets what one client has used of one limit. */
  static final RedisScript RESET = of("calendar.lua", "call.lua", "reset.lua");

  /** Decides a batch on plain counters, for limits of fixed windows. */
  static final RedisScript PLAIN_SETTLE =
      of("calendar.lua", "call.lua", "plain.lua", "plain-settle.lua");

  /** Decides a batch of any limits, fixed windows in plain counters. */
  static final RedisScript PLAIN_MIXED_SETTLE = mixed("plain.lua", "plain-fixed.lua");

  /** Takes what a holder of permits says that it holds. */
  static final RedisScript PERMITS_WORD =
      of("calendar.lua", "call.lua", "permits.lua", "permits-word.lua");

  /** Says that this node lives, and counts the nodes that do. */
  static final RedisScript HEARTBEAT = of("heartbeat.lua");

  /** Says that this node goes. */
  static final RedisScript FAREWELL = of("farewell.lua");

  private static final List<RedisScript> ALL =
      List.of(
          PACKED_SETTLE,
          MIXED_SETTLE,
          PACKED_RETURN,
          PLAIN_RETURN,
          PACKED_CHARGE,
          PLAIN_SETTLE,
          PLAIN_MIXED_SETTLE,
          PLAIN_CHARGE,
          RESET,
          PERMITS_WORD,
          HEARTBEAT,
          FAREWELL);

  private final byte[] text;
  private final byte[] digest;

  private RedisScript(byte[] text) {
    this.text = text;
    this.digest = sha1(text).getBytes(StandardCharsets.US_ASCII);
  }

  /** All that a store calls. */
  static List<RedisScript> all() {
    return ALL;
  }

  private static RedisScript mixed(String fixedRecords, String fixedWindows) {
    return of(
        "calendar.lua",
        "call.lua",
        fixedRecords,
        "mixed.lua",
        fixedWindows,
        "sliding.lua",
        "tokens.lua",
        "permits.lua",
        "concurrency.lua",
        "mixed-settle.lua");
  }

  /** The resources of this package, one after another. */
  static RedisScript of(String... names) {
    StringBuilder text = new StringBuilder();
    for (String name : names) {
      try (InputStream in = RedisScript.class.getResourceAsStream(name)) {
        if (in == null) {
          throw new IllegalStateException("the script " + name + " is missing");
        }
        text.append(new String(in.readAllBytes(), StandardCharsets.US_ASCII)).append('\n');
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return new RedisScript(text.toString().getBytes(StandardCharsets.US_ASCII));
  }

  private static String sha1(byte[] text) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(text));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e); // every Java platform has SHA-1
    }
  }

  /** For EVAL. */
  byte[] text() {
    return text;
  }

  /** For EVALSHA. */
  byte[] digest() {
    return digest;
  }
}
