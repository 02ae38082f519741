package io.apitwo.proxy;

/**
 * Whether a client still makes use of its connection. What does not move for {@code
 * proxy.idleTimeout} is given up, unless the client waits for us; so is a head that takes longer
 * than {@value #HEAD_SECONDS} s, however busily its bytes drip.
 *
 * <p>Events only leave marks; a look now and then, which brings the time, turns them into instants.
 * So nothing here costs a request a reading of the clock. Confined to one event loop.
 */
final class Pace {
  static final int HEAD_SECONDS = 30;

  private static final long HEAD_NANOS = HEAD_SECONDS * 1_000_000_000L;

  private final long idleNanos;
  private int exchanges;
  private boolean moved = true;
  private boolean headBegun;
  private boolean headTimed;
  private long movedNanos;
  private long headNanos;
  private long unsent;

  /**
   * @param idleNanos how long nothing may move
   */
  Pace(long idleNanos) {
    this.idleNanos = idleNanos;
  }

  /** Something came or went, or the client waits for us. */
  void moved() {
    moved = true;
  }

  /** Bytes came that complete nothing yet: while no exchange is under way, those of a head. */
  void bytesCame() {
    moved = true;
    headBegun = exchanges == 0;
  }

  void exchangeBegan() {
    moved = true;
    headBegun = false;
    exchanges++;
  }

  void exchangeEnded() {
    moved = true;
    headBegun = false;
    exchanges--;
  }

  boolean isIdle() {
    return exchanges == 0;
  }

  /**
   * Looks.
   *
   * @param unsentBytes what waits to be sent: as long as it changes, the client takes something
   * @return whether the connection is to be given up
   */
  boolean isOverdue(long nowNanos, long unsentBytes) {
    if (moved || unsentBytes != unsent) {
      moved = false;
      unsent = unsentBytes;
      movedNanos = nowNanos;
    }
    if (headBegun && !headTimed) {
      headNanos = nowNanos;
    }
    headTimed = headBegun;
    return nowNanos - movedNanos > idleNanos || (headTimed && nowNanos - headNanos > HEAD_NANOS);
  }
}
