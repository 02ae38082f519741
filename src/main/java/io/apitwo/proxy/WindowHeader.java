package io.apitwo.proxy;

import io.apitwo.limit.Decision;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Subject;
import io.netty.util.AsciiString;
import java.util.function.BiConsumer;

/**
 * Tells an upstream in which windows a request was charged, such as {@code
 * default.minute=29345678,default.hour=489094}, so that a test can count the passes of each window
 * where they arrive. Off unless the process was started with {@code APITWO_TEST_WINDOWS=true}.
 */
final class WindowHeader {
  private static final boolean ON = Boolean.parseBoolean(System.getenv("APITWO_TEST_WINDOWS"));
  private static final String NAME = "x-apitwo-test-windows";

  private WindowHeader() {}

  /** Whether a header of a client's would pass for this one. */
  static boolean isReplaced(CharSequence name) {
    return ON && AsciiString.contentEqualsIgnoreCase(NAME, name);
  }

  static void add(Decision decision, BiConsumer<CharSequence, CharSequence> to) {
    if (!ON) {
      return;
    }
    StringBuilder windows = new StringBuilder();
    int bucket = 0;
    for (Subject subject : decision.charge().subjects()) {
      for (Quota quota : subject.limit().quotas()) {
        windows
            .append(windows.isEmpty() ? "" : ",")
            .append(subject.limit().name())
            .append('.')
            .append(quota.word())
            .append('=')
            .append(decision.window(bucket++));
      }
    }
    to.accept(NAME, windows.toString());
  }
}
