package io.apitwo.telemetry;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One line for each request that was answered or broken off. What comes from clients is escaped:
 * only printable ASCII reaches a line, {@code "} and {@code \} as {@code \x22} and {@code \x5c},
 * and at most 512 characters of a target.
 */
public final class AccessLog {
  private static final int MOST_CHARACTERS = 512;
  private static final String HEX = "0123456789abcdef";

  private final Logger log = LoggerFactory.getLogger(Logging.ACCESS);
  private final Form form;

  /** Whether, and how, requests are logged. */
  public enum Form {
    OFF,
    TEXT,
    JSON
  }

  public AccessLog(Form form) {
    this.form = form;
  }

  /** Whether {@link #write} does anything; ask before you gather a request's facts. */
  public boolean isOn() {
    return form != Form.OFF;
  }

  /**
   * A request's facts.
   *
   * @param at when it came
   * @param client the client's address, trusted proxies followed
   * @param target the request target as it came
   * @param status of the response; 499 when the client left before there was one
   * @param bytes of the response's body
   * @param micros from the request's head to the response's end
   * @param route the route's id, {@code -} without one
   */
  public record Entry(
      Instant at,
      String client,
      String method,
      String target,
      String version,
      int status,
      long bytes,
      long micros,
      String route) {}

  public void write(Entry entry) {
    switch (form) {
      case OFF -> {}
      case TEXT -> log.info(text(entry));
      case JSON -> log.info(json(entry));
    }
  }

  static String text(Entry e) {
    return time(e)
        + ' '
        + e.client
        + " \""
        + printable(e.method)
        + ' '
        + printable(e.target)
        + ' '
        + e.version
        + "\" "
        + e.status
        + ' '
        + e.bytes
        + ' '
        + e.micros
        + "us route="
        + e.route;
  }

  static String json(Entry e) {
    return "{\"time\":\""
        + time(e)
        + "\",\"client\":\""
        + e.client
        + "\",\"method\":\""
        + jsonText(e.method)
        + "\",\"target\":\""
        + jsonText(e.target)
        + "\",\"version\":\""
        + e.version
        + "\",\"status\":"
        + e.status
        + ",\"bytes\":"
        + e.bytes
        + ",\"micros\":"
        + e.micros
        + ",\"route\":\""
        + e.route
        + "\"}";
  }

  private static String time(Entry e) {
    return e.at.truncatedTo(ChronoUnit.MILLIS).toString();
  }

  private static String jsonText(String raw) {
    return printable(raw).replace("\\", "\\\\");
  }

  /** Only printable ASCII, with {@code \xHH} or {@code \}{@code uHHHH} for the rest. */
  static String printable(String raw) {
    StringBuilder text = new StringBuilder(Math.min(raw.length(), MOST_CHARACTERS) + 16);
    for (int i = 0; i < raw.length(); i++) {
      if (i == MOST_CHARACTERS) {
        return text.append("...").toString();
      }
      char c = raw.charAt(i);
      if (c >= 0x20 && c <= 0x7e && c != '"' && c != '\\') {
        text.append(c);
      } else {
        escape(c, text);
      }
    }
    return text.toString();
  }

  /** Without a format: strangers choose how many characters of a line need this. */
  private static void escape(char c, StringBuilder text) {
    if (c < 0x100) {
      text.append("\\x");
    } else {
      text.append("\\u").append(HEX.charAt(c >> 12)).append(HEX.charAt(c >> 8 & 0xf));
    }
    text.append(HEX.charAt(c >> 4 & 0xf)).append(HEX.charAt(c & 0xf));
  }
}
