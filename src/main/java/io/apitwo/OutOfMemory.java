package io.apitwo;

import io.vertx.core.Vertx;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is left to do when the heap is used up: say so and end at once, exit code 1. A node that
 * cannot allocate any more answers nobody, and whoever looks after it only starts another one when
 * this one is gone.
 */
final class OutOfMemory {
  private static final Logger log = LoggerFactory.getLogger(OutOfMemory.class);

  /** Made beforehand: nothing can be allocated when it is needed. */
  private static final byte[] LAST_WORDS =
      "apitwo stopped: out of memory (expected: a larger -Xmx or a smaller store.maxEntries)\n"
          .getBytes(StandardCharsets.US_ASCII);

  private static final FileOutputStream ERR = new FileOutputStream(FileDescriptor.err);

  private OutOfMemory() {}

  /** Ends the process when any thread of it meets the end of the heap. */
  static void endsTheProcess(Vertx... all) {
    Thread.setDefaultUncaughtExceptionHandler((thread, cause) -> uncaught(cause));
    for (Vertx vertx : all) {
      vertx.exceptionHandler(OutOfMemory::uncaught);
    }
  }

  private static void uncaught(Throwable cause) {
    if (cause instanceof OutOfMemoryError) {
      try {
        ERR.write(LAST_WORDS);
      } catch (IOException unheard) {
        // nobody listens; the exit code says it too
      }
      Runtime.getRuntime().halt(1);
    }
    log.error("unexpected", cause);
  }
}
