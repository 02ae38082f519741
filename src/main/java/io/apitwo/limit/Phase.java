package io.apitwo.limit;

/**
 * When the windows of a phased limit start for one client. Clients are dealt to {@value #PHASES}
 * phases by their keys alone, so every node agrees, and phase p sees its windows start and end p
 * sixteenths of the window's length early: of all clients a sixteenth comes back at once.
 */
public final class Phase {
  /** A constant: counts are found only by those who share it. */
  public static final int PHASES = 16;

  private static final int PHASE_BITS = 4;
  private static final int GOLDEN = 0x9E3779B9;

  /** The topmost bits of the spread hash choose a client's shard of Redis; these come next. */
  private static final int OTHER_BITS = 6;

  private static final long SHORTEST_MONTH_MILLIS = 28 * 86_400_000L;

  private Phase() {}

  /**
   * The phase of a client, from 0: bits of its hash (which the JDK defines once and for all),
   * spread by Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4).
   */
  public static int of(String client) {
    return client.hashCode() * GOLDEN << OTHER_BITS >>> Integer.SIZE - PHASE_BITS;
  }

  /**
   * How much a window of some kind is early in a phase, in whole milliseconds: the window is the
   * one that holds the instant this much later, and ends this much before that one does. A month
   * counts as 28 days, so that no shift is longer than a window.
   */
  public static long shiftMillis(Window window, int phase) {
    long length = window == Window.MONTH ? SHORTEST_MONTH_MILLIS : window.nominalSeconds() * 1_000;
    return length * phase / PHASES;
  }
}
