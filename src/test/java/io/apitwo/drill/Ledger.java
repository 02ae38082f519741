package io.apitwo.drill;

import io.apitwo.RedisServer;
import io.apitwo.limit.Window;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What Redis has counted, read by the documented layouts of keys and records and not with the
 * gateway's code. Not for several threads.
 */
final class Ledger {
  private static final int RECORD_HEAD = 14; // epoch 7, lease end 7, after version 1 and kinds 1
  private static final int SCAN_COUNT = 1_000;

  /**
   * A window's count.
   *
   * @param number of the window, counted from the epoch
   */
  record Count(Window window, long number, long used) {}

  /** A key, and who has it. */
  private record Key(RedisServer server, String name) {}

  private final Supplier<List<RedisServer>> servers;
  private final Map<RedisServer, Long> own = new HashMap<>();

  Ledger(RedisServer redis) {
    this(() -> List.of(redis));
  }

  /**
   * @param servers who has counters now, each its own
   */
  Ledger(Supplier<List<RedisServer>> servers) {
    this.servers = servers;
  }

  private @Nullable Object send(RedisServer server, String... command) {
    own.merge(server, 1L, Long::sum);
    return server.command(command);
  }

  /** All counts that Redis holds for one client of a limit; of windows that are over too. */
  List<Count> counts(String limit, String client) {
    List<Count> counts = new ArrayList<>();
    for (Key key : keys("apitwo:{s??}:" + limit + ":" + client)) {
      packed((String) send(key.server(), "get", key.name()), counts);
    }
    String prefix = limit.equals("default") ? "limit:" : "limit:" + limit + ":";
    for (Window window : Window.values()) {
      String word = window.name().toLowerCase(Locale.ROOT);
      for (Key key : keys(prefix + word + ":" + client + ":*")) {
        String stamp = key.name().substring(key.name().lastIndexOf(':') + 1);
        String used = (String) send(key.server(), "get", key.name());
        if (used != null) {
          counts.add(new Count(window, number(window, stamp), Long.parseLong(used)));
        }
      }
    }
    return counts;
  }

  /** One window's count; null when Redis holds none, or holds a later window in its place. */
  @Nullable Long used(String limit, String client, Window window, long number) {
    for (Count count : counts(limit, client)) {
      if (count.window() == window && count.number() == number) {
        return count.used();
      }
    }
    return null;
  }

  private static void packed(@Nullable String record, List<Count> counts) {
    if (record == null) {
      return; // it has just expired
    }
    ByteBuffer bytes = ByteBuffer.wrap(record.getBytes(StandardCharsets.ISO_8859_1));
    if (bytes.get() != 1) {
      throw new AssertionError("a record of another version");
    }
    int kinds = bytes.get();
    bytes.position(bytes.position() + RECORD_HEAD);
    for (Window window : Window.values()) {
      if ((kinds >> window.ordinal() & 1) == 1) {
        counts.add(new Count(window, number(bytes, 5), number(bytes, 7)));
      }
    }
    if (bytes.hasRemaining()) {
      throw new AssertionError("a record with " + bytes.remaining() + " bytes too many");
    }
  }

  private static long number(ByteBuffer bytes, int length) {
    long number = 0;
    for (int i = 0; i < length; i++) {
      number = number << 8 | bytes.get() & 0xff;
    }
    return number;
  }

  /** From a stamp such as 202506291538. */
  private static long number(Window window, String stamp) {
    String full = stamp + "0101000000".substring(stamp.length() - 4);
    DateTimeFormatter format =
        new DateTimeFormatterBuilder()
            .appendValue(ChronoField.YEAR, 4)
            .appendPattern("MMddHHmmss")
            .toFormatter(Locale.ROOT);
    LocalDateTime time = LocalDateTime.parse(full, format);
    return window.numberAt(time.toInstant(ZoneOffset.UTC).toEpochMilli());
  }

  private List<Key> keys(String pattern) {
    List<Key> keys = new ArrayList<>();
    for (RedisServer server : servers.get()) {
      String cursor = "0";
      do {
        List<?> page =
            (List<?>) send(server, "scan", cursor, "match", pattern, "count", "" + SCAN_COUNT);
        cursor = (String) page.get(0);
        ((List<?>) page.get(1)).forEach(key -> keys.add(new Key(server, (String) key)));
      } while (!cursor.equals("0"));
    }
    return keys;
  }

  /** Counter keys that would stay for ever: there must be none at any time. */
  List<String> immortal() {
    List<String> immortal = new ArrayList<>();
    for (String pattern : List.of("apitwo:{s??}:*", "apitwo:nodes", "limit:*")) {
      for (Key key : keys(pattern)) {
        if (send(key.server(), "pttl", key.name()).equals(-1L)) {
          immortal.add(key.name());
        }
      }
    }
    return immortal;
  }

  /**
   * How many commands Redis has carried out, those inside scripts included and those of this class
   * not.
   */
  long commands() {
    return servers.get().stream().mapToLong(this::commands).sum();
  }

  private long commands(RedisServer server) {
    long all = 0;
    for (String line : ((String) send(server, "info", "commandstats")).split("\r\n")) {
      if (line.startsWith("cmdstat_")) {
        String calls = line.replaceFirst(".*:calls=(\\d+).*", "$1");
        all += Long.parseLong(calls);
      }
    }
    return all + 1 - own.get(server); // the command that asks is not counted yet
  }
}
