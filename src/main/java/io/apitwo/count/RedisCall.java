package io.apitwo.count;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.List;
import java.util.function.BooleanSupplier;

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
   * Sends it, and once more with its text to a server that does not know the script and hence has
   * not run it.
   *
   * @param asking whether another server has sent us there for these keys alone
   * @param isGivenUp whether nobody wants the answer any more
   */
  Future<Response> sendTo(
      RedisConnection there, boolean asking, long notAfterMicros, BooleanSupplier isGivenUp) {
    List<byte[]> sent = arguments.at(notAfterMicros);
    return send(there, asking, Command.EVALSHA, script.digest(), sent)
        .recover(
            cause ->
                RedisFault.isUnknownScript(cause) && !isGivenUp.getAsBoolean()
                    ? send(there, asking, Command.EVAL, script.text(), sent)
                    : Future.failedFuture(cause));
  }

  /** Nothing comes between ASKING, which holds for the next command alone, and the command. */
  private Future<Response> send(
      RedisConnection there, boolean asking, Command command, byte[] which, List<byte[]> sent) {
    if (asking) {
      there.send(Request.cmd(Command.ASKING));
    }
    Request request = Request.cmd(command).arg(which).arg(keys.size());
    keys.forEach(request::arg);
    sent.forEach(request::arg);
    return there.send(request);
  }
}
