package io.apitwo.count;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.RedisServer;
import io.apitwo.limit.Window;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RedisCalendarTest {
  @Test
  void windows_are_numbered_and_end_as_they_do_in_java() throws Exception {
    String script =
        new String(RedisScript.of("calendar.lua").text(), StandardCharsets.US_ASCII)
            + """
            local out = {}
            for i = 1, #ARGV do
              for kind = 0, 4 do
                local number = windowAt(kind, tonumber(ARGV[i]))
                out[#out + 1] = string.format('%.0f %.0f', number, windowEnd(kind, number))
              end
            end
            return out
            """;
    try (RedisServer redis = RedisServer.start()) {
      List<Long> times = times();
      List<String> command = new ArrayList<>(List.of("EVAL", script, "0"));
      times.forEach(time -> command.add("" + time));
      List<String> expected = new ArrayList<>();
      for (long time : times) {
        for (Window window : Window.values()) {
          long number = window.numberAt(time);
          expected.add(number + " " + window.endMillis(number));
        }
      }
      assertThat(redis.command(command.toArray(String[]::new))).isEqualTo(expected);
    }
  }

  /** Random ones of two centuries, and around every end of a month of many years. */
  private static List<Long> times() {
    List<Long> times = new ArrayList<>();
    Random random = new Random(20250629);
    long last = Instant.parse("2170-01-01T00:00:00Z").toEpochMilli();
    for (int i = 0; i < 500; i++) {
      times.add((long) (random.nextDouble() * last));
    }
    for (long month = 0; month < 12 * 200; month += 1) {
      times.add(Window.MONTH.endMillis(month) - 1);
      times.add(Window.MONTH.endMillis(month));
    }
    return times;
  }
}
