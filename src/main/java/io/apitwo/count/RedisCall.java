package io.apitwo.count;

import java.util.List;
import java.util.function.Consumer;

/**
 * A script call that is to be made.
 *
 * @param arguments what follows the keys, given Redis's time after which the call must do nothing,
 *     in microseconds
 * @param deadlineNanos the instant of the nano clock at which it fails, wherever it may be
 * @param late takes an answer that came after all, when the call had failed already
 */
record RedisCall(
    RedisScript script,
    List<byte[]> keys,
    Arguments arguments,
    long deadlineNanos,
    Consumer<byte[]> late) {

  /** One whose late answer means nothing to anybody. */
  RedisCall(RedisScript script, List<byte[]> keys, Arguments arguments, long deadlineNanos) {
    this(script, keys, arguments, deadlineNanos, answer -> {});
  }

  /** What follows the keys. */
  interface Arguments {
    List<byte[]> at(long notAfterMicros);
  }
}
