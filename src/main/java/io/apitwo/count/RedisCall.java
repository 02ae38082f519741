package io.apitwo.count;

import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
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

  /**
   * As commands, to be sent one right behind the other.
   *
   * @param asking whether another server has sent us there for these keys alone: ASKING holds for
   *     the next command
   * @param known whether the server knows the script; else it gets its text
   */
  List<Request> commands(boolean asking, boolean known, long notAfterMicros) {
    Request request =
        known
            ? Request.cmd(Command.EVALSHA).arg(script.digest())
            : Request.cmd(Command.EVAL).arg(script.text());
    request.arg(keys.size());
    keys.forEach(request::arg);
    arguments.at(notAfterMicros).forEach(request::arg);
    return asking ? List.of(Request.cmd(Command.ASKING), request) : List.of(request);
  }
}
