package io.apitwo.upstream;

import io.apitwo.rules.Upstream;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says in the log when a target cannot be connected to and when it can again: one line each for all
 * loops of a node, and at most one outage in {@value #QUIET_SECONDS} s while it comes and goes. For
 * any thread.
 */
public final class TargetOutages {
  static final int QUIET_SECONDS = 10;

  private static final Logger log = LoggerFactory.getLogger(TargetOutages.class);
  private static final long QUIET_NANOS = QUIET_SECONDS * 1_000_000_000L;
  private static final int MOST_REMEMBERED = 10_000;
  private static final int MOST_CAUSES = 10;

  private final LongSupplier nanoClock;
  private final Map<Upstream.Target, Outage> outages = new ConcurrentHashMap<>();

  private record Outage(long sinceNanos, LongAdder failures) {}

  /**
   * @param nanoClock elapsed time, as {@link System#nanoTime}
   */
  public TargetOutages(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
  }

  /** A target could not be connected to. */
  public void failed(Upstream.Target target, Throwable cause) {
    if (outages.size() > MOST_REMEMBERED) { // the targets of rules long gone
      outages.clear();
    }
    Outage begun = new Outage(nanoClock.getAsLong(), new LongAdder());
    Outage known = outages.putIfAbsent(target, begun);
    (known == null ? begun : known).failures.increment();
    if (known == null) {
      log.warn(
          "upstream target cannot be connected to target={} reason=\"{}\"",
          target.url(),
          reason(cause));
    }
  }

  /** There is a connection to a target. */
  public void reached(Upstream.Target target) {
    if (outages.isEmpty()) {
      return;
    }
    Outage outage = outages.get(target);
    if (outage != null
        && nanoClock.getAsLong() - outage.sinceNanos >= QUIET_NANOS
        && outages.remove(target, outage)) {
      log.info(
          "upstream target is connected to again target={} failures={}",
          target.url(),
          outage.failures.sum());
    }
  }

  /** What is at the bottom of it, such as a certificate that nobody vouches for. */
  private static String reason(Throwable cause) {
    Throwable bottom = cause;
    for (int i = 0; i < MOST_CAUSES && bottom.getCause() != null; i++) {
      bottom = bottom.getCause();
    }
    String message = bottom.getMessage();
    return message == null || message.isBlank() ? bottom.getClass().getSimpleName() : message;
  }
}
