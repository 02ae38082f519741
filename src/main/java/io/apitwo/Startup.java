package io.apitwo;

import io.netty.channel.unix.Errors;
import io.vertx.core.Future;
import java.net.BindException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** The steps by which a node starts, one after the other. */
final class Startup {
  private static final long STEP_SECONDS = 30;

  private Startup() {}

  /**
   * Waits for a step; not on an event loop.
   *
   * @param what the setting that is to blame when a listener cannot have its address
   */
  static <T> T await(String what, Future<T> step) throws StartupException {
    try {
      return step.toCompletionStage().toCompletableFuture().get(STEP_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause();
      if (cause instanceof BindException || cause instanceof Errors.NativeIoException) {
        throw new StartupException(
            what
                + " cannot be listened on: "
                + cause.getMessage()
                + " (expected: a free port on an address of this machine)");
      }
      throw new StartupException(what + ": " + cause.getMessage());
    } catch (TimeoutException e) {
      throw new StartupException(
          what + ": not up after " + STEP_SECONDS + " s (expected: up by then)");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StartupException(what + ": interrupted");
    }
  }
}
