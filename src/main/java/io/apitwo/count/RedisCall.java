package io.apitwo.count;

import java.util.List;

/**
 * A script call that is to be made.
 *
 * @param arguments what follows the keys, given Redis's time after which the call must do nothing,
 *     in microseconds
 * @param deadlineNanos the instant of the nano clock after which its answer is overdue
 */
record RedisCall(RedisScript script, List<byte[]> keys, Arguments arguments, long deadlineNanos) {
  /** What follows the keys. */
  interface Arguments {
    List<byte[]> at(long notAfterMicros);
  }
}
