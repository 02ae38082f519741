package io.apitwo.count;

import io.apitwo.telemetry.StoreMeter;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;

/**
 * Who else counts in this Redis: every node says every three seconds that it lives, and learns how
 * many do. Only so that leases and local shares have the right size, so a heartbeat that fails is
 * nothing to speak of: what was known last stays.
 *
 * <p>Confined to one event loop.
 */
final class RedisNodes {
  static final byte[] KEY = "apitwo:nodes".getBytes(StandardCharsets.US_ASCII);
  private static final int PERIOD_MILLIS = 3_000;

  /** As long as the script remembers who has fallen silent. */
  private static final int SILENCE_MILLIS = 10_000;

  /** Who sends. */
  interface Caller {
    /** Fails when there is nobody to send to. */
    Future<byte[]> call(RedisScript script, List<byte[]> keys, List<byte[]> arguments);
  }

  private final Vertx vertx;
  private final Caller caller;
  private final StoreMeter meter;
  private final InstantSource clock;
  private final int expected;
  private final byte[] id = UUID.randomUUID().toString().getBytes(StandardCharsets.US_ASCII);
  private int live;
  private int floor;
  private long timer = -1;
  private long forgets = -1;

  /**
   * @param expected how many nodes there are at least
   */
  RedisNodes(Vertx vertx, Caller caller, StoreMeter meter, InstantSource clock, int expected) {
    this.vertx = vertx;
    this.caller = caller;
    this.meter = meter;
    this.clock = clock;
    this.expected = expected;
    this.live = expected;
    this.floor = expected;
  }

  /** How many nodes share the store, this one included. */
  int live() {
    return live;
  }

  void start() {
    timer = vertx.setPeriodic(PERIOD_MILLIS, tick -> beat());
  }

  /**
   * There is a connection again. Redis may have forgotten who lives, so nobody is thought to be
   * gone before all have had the time to say that they are there.
   */
  void connected() {
    floor = Math.max(floor, live);
    vertx.cancelTimer(forgets);
    forgets = vertx.setTimer(SILENCE_MILLIS, late -> floor = expected);
    beat();
  }

  /** Says that this node lives. */
  void beat() {
    caller.call(RedisScript.HEARTBEAT, List.of(KEY), List.of(id)).onSuccess(this::counted);
  }

  private void counted(byte[] answer) {
    RedisBytes in = RedisBytes.reader(answer);
    in.get(1);
    meter.skew(in.get(7) / 1_000 - clock.millis());
    live = (int) Math.max(floor, in.get(4));
    meter.nodes(live);
  }

  /** Says that this node goes, if there is somebody to tell. */
  Future<Void> stop() {
    vertx.cancelTimer(timer);
    vertx.cancelTimer(forgets);
    return caller
        .call(RedisScript.FAREWELL, List.of(KEY), List.of(id))
        .<Void>mapEmpty()
        .otherwiseEmpty();
  }
}
