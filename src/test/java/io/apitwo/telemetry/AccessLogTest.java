package io.apitwo.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.vertx.core.json.JsonObject;
import java.lang.management.ManagementFactory;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class AccessLogTest {
  private static AccessLog.Entry entry(String method, String target) {
    return new AccessLog.Entry(
        Instant.parse("2025-06-29T15:38:07.123456Z"),
        "192.168.65.1",
        method,
        target,
        "HTTP/1.1",
        200,
        22,
        153,
        "everything");
  }

  @Test
  void a_text_line_holds_a_requests_facts() {
    assertThat(AccessLog.text(entry("GET", "/a?b=c")))
        .isEqualTo(
            "2025-06-29T15:38:07.123Z 192.168.65.1 \"GET /a?b=c HTTP/1.1\" 200 22 153us route=everything");
  }

  @Test
  void a_json_line_is_json() {
    JsonObject line = new JsonObject(AccessLog.json(entry("GET", "/\"\\\r\n\u202e")));
    assertThat(line.getString("target")).isEqualTo("/\\x22\\x5c\\x0d\\x0a\\u202e");
    assertThat(line.getInteger("status")).isEqualTo(200);
    assertThat(line.getString("time")).isEqualTo("2025-06-29T15:38:07.123Z");
  }

  @Test
  void clients_bytes_are_printable_and_bounded() {
    String nasty = "\u0000\u001b[31m\r\nGET \u00e9\u202e\u2028" + "x".repeat(5_000);
    assertThat(AccessLog.text(entry(nasty, nasty))).matches("[ -~]{1,1500}");
    assertThat(AccessLog.json(entry(nasty, nasty))).matches("[ -~]{1,1500}");
  }

  @Test
  void every_character_that_is_not_plain_is_written_as_its_number() {
    for (char c = 0; c < 0xffff; c++) {
      boolean plain = c >= ' ' && c <= '~' && c != '"' && c != '\\';
      String escaped = String.format(c < 0x100 ? "\\x%02x" : "\\u%04x", (int) c);
      assertThat(AccessLog.printable("" + c)).isEqualTo(plain ? "" + c : escaped);
    }
  }

  /** Memory in place of time, which depends on the machine. */
  @Test
  void a_target_of_quotes_alone_costs_about_what_its_line_takes() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    String quotes = "\"".repeat(512);
    AccessLog.printable(quotes);
    long before = threads.getCurrentThreadAllocatedBytes();
    String line = AccessLog.printable(quotes);
    long bytes = threads.getCurrentThreadAllocatedBytes() - before;
    assertThat(line).hasSize(4 * 512);
    assertThat(bytes).isLessThan(10 * line.length());
  }
}
