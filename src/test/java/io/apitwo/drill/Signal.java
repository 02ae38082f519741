package io.apitwo.drill;

import java.io.IOException;

/** Signals to processes that a drill has started itself. */
final class Signal {
  private Signal() {}

  static void send(String signal, long pid) {
    try {
      int exit = new ProcessBuilder("kill", "-" + signal, Long.toString(pid)).start().waitFor();
      if (exit != 0) {
        throw new AssertionError("kill -" + signal + " " + pid + " ended with " + exit);
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
