package io.apitwo.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.apitwo.limit.Charge;
import io.apitwo.limit.Decision;
import io.apitwo.limit.Limit;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Receipt;
import io.apitwo.limit.Standing;
import io.apitwo.limit.Subject;
import io.apitwo.limit.Window;
import io.apitwo.telemetry.DecisionMeter.Source;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Event loops count for shadows, and wait for nobody. */
class ShadowMeterTest {
  private final Meters meters = new Meters(() -> 1, List::of);
  private final ShadowMeter shadows = meters.shadows();

  @AfterEach
  void close() {
    meters.close();
  }

  private static Decision refused(String name) {
    Limit limit = new Limit(name, List.of(Quota.of(Window.MINUTE, 10)));
    Charge charge = new Charge(List.of(new Subject(limit, "c")), 1);
    Receipt receipt = new Receipt(1, new long[1], new long[1]);
    return new Decision(
        charge, false, new Standing(new long[1], new long[] {1_000}, 0, 0, receipt), 0, 0);
  }

  /** On a thread of its own, as on an event loop. */
  private void count(String limit) throws Exception {
    CompletableFuture.runAsync(() -> shadows.decided(refused(limit), Source.BATCH))
        .get(20, TimeUnit.SECONDS);
  }

  @Test
  void limits_that_share_a_name_are_counted_without_a_lock() throws Exception {
    for (int i = 0; i <= ShadowMeter.MOST_NAMES; i++) {
      count("l" + i);
    }
    synchronized (shadows) {
      count("one more");
    }
    assertThat(
            Exposition.parse(meters.scrape())
                .value("apitwo_shadow_decisions_total{limit=\"_other\",verdict=\"refused\"}"))
        .isEqualTo(2);
  }

  /** A log of which nobody reads. */
  private static final class Stalled extends AppenderBase<ILoggingEvent> {
    final CountDownLatch reached = new CountDownLatch(1);
    final CountDownLatch released = new CountDownLatch(1);

    @Override
    protected void append(ILoggingEvent event) {
      reached.countDown();
      try {
        released.await(60, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Test
  void a_log_that_stalls_keeps_nobody_from_counting() throws Exception {
    Logger log = (Logger) LoggerFactory.getLogger(ShadowMeter.class);
    Stalled stalled = new Stalled();
    stalled.start();
    log.setLevel(Level.INFO);
    log.addAppender(stalled);
    try {
      count("first");
      CompletableFuture<Void> logged = CompletableFuture.runAsync(shadows::log);
      assertThat(stalled.reached.await(20, TimeUnit.SECONDS)).isTrue();
      count("second");
      stalled.released.countDown();
      logged.get(20, TimeUnit.SECONDS);
    } finally {
      stalled.released.countDown();
      log.detachAppender(stalled);
      log.setLevel(null); // as its parents
    }
  }
}
