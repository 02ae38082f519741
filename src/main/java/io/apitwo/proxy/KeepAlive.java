package io.apitwo.proxy;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What servers say of the connections that they keep. */
final class KeepAlive {
  static final AsciiString NAME = AsciiString.cached("keep-alive");
  private static final Pattern TIMEOUT =
      Pattern.compile("(?:^|,)\\s*timeout=([0-9]{1,6})(?![0-9])", Pattern.CASE_INSENSITIVE);

  private KeepAlive() {}

  /**
   * How long an idle connection may be used, in nanoseconds: for a second less than its server says
   * that it keeps it, since a request that meets the end of its connection is lost.
   *
   * @param said a {@code Keep-Alive} header
   * @param otherwise where it names no time
   */
  static long nanos(String said, long otherwise) {
    long seconds = seconds(said);
    return seconds < 0 ? otherwise : seconds * 1_000_000_000L;
  }

  /** Has a client that goes by a response's head keep the connection for a second less, too. */
  static void shorten(HttpHeaders head) {
    String said = head.get(NAME);
    long seconds = said == null ? -1 : seconds(said);
    if (seconds > 0) {
      head.set(NAME, "timeout=" + seconds);
    } else if (seconds == 0) {
      head.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    }
  }

  /** -1 where none are named. */
  private static long seconds(String said) {
    Matcher seconds = TIMEOUT.matcher(said);
    return seconds.find() ? Math.max(0, Long.parseLong(seconds.group(1)) - 1) : -1;
  }
}
