package io.apitwo.drill;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.RedisServer;
import io.apitwo.limit.Window;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The drills' own reading of Redis, against keys that are written here byte by byte. */
class LedgerTest {
  private static final long MINUTE =
      Window.MINUTE.numberAt(Instant.parse("2025-06-29T15:38:00Z").toEpochMilli());

  private static RedisServer redis;
  private final Ledger ledger = new Ledger(redis);

  @BeforeAll
  static void start() throws Exception {
    redis = RedisServer.start();
  }

  @AfterAll
  static void end() {
    redis.close();
  }

  @Test
  void it_reads_packed_records() {
    StringBuilder record = new StringBuilder("\1");
    append(record, 1, 1 << Window.MINUTE.ordinal() | 1 << Window.HOUR.ordinal());
    append(record, 7, 0);
    append(record, 7, 1_751_211_480_000L);
    append(record, 5, MINUTE);
    append(record, 7, 300);
    append(record, 5, MINUTE / 60);
    append(record, 7, 70_000);
    redis.command("set", "apitwo:{s07}:login:carol", record.toString(), "px", "60000");
    assertThat(ledger.counts("login", "carol"))
        .containsExactly(
            new Ledger.Count(Window.MINUTE, MINUTE, 300),
            new Ledger.Count(Window.HOUR, MINUTE / 60, 70_000));
    assertThat(ledger.counts("login", "car")).isEmpty();
    assertThat(ledger.counts("default", "carol")).isEmpty();
  }

  private static void append(StringBuilder text, int bytes, long number) {
    for (int i = bytes - 1; i >= 0; i--) {
      text.append((char) (number >> 8 * i & 0xff));
    }
  }

  @Test
  void it_reads_plain_keys() {
    redis.command("set", "limit:minute:alice:202506291538", "3", "px", "60000");
    redis.command("set", "limit:month:alice:202506", "7", "px", "60000");
    redis.command("set", "limit:login:second:alice:20250629153801", "2", "px", "60000");
    assertThat(ledger.counts("default", "alice"))
        .containsExactly(
            new Ledger.Count(Window.MINUTE, MINUTE, 3), new Ledger.Count(Window.MONTH, 665, 7));
    assertThat(ledger.counts("login", "alice"))
        .containsExactly(new Ledger.Count(Window.SECOND, MINUTE * 60 + 1, 2));
  }

  @Test
  void it_finds_counters_that_would_stay_for_ever_and_no_other_keys() {
    redis.command("set", "apitwo:rules:current", "1");
    redis.command("set", "apitwo:{s01}:x:dave", "1", "px", "60000");
    assertThat(ledger.immortal()).isEmpty();
    redis.command("set", "limit:day:dave:20250629", "1");
    assertThat(ledger.immortal()).containsExactly("limit:day:dave:20250629");
    redis.command("del", "limit:day:dave:20250629");
  }

  @Test
  void it_counts_the_commands_of_others_alone() {
    long before = ledger.commands();
    redis.command("ping");
    redis.command("eval", "return redis.call('incr', KEYS[1])", "1", "apitwo:test");
    ledger.counts("default", "erin");
    assertThat(ledger.commands() - before).isEqualTo(3);
    redis.command("del", "apitwo:test");
  }
}
