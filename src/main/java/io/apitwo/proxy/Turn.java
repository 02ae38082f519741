package io.apitwo.proxy;

import io.apitwo.rules.Upstream;

/**
 * Whose turn it is in an {@link UpstreamCall}, and since when. It is the client's while it does not
 * take the response, or sends the body: an upstream that answers early may wait for the rest of it.
 *
 * <p>Confined to the call's event loop.
 */
final class Turn {
  /** Stands for "not the upstream's turn". */
  private static final long NOT_WAITING = 0;

  private final Upstream.Servers upstream;
  private boolean connected;
  private boolean poolFull;
  private boolean uploaded;
  private boolean uploadHeld;
  private boolean responseHeld;
  private long waitingSinceNanos;
  private long connectingSinceNanos;

  /**
   * @param uploaded whether the request has no body
   */
  Turn(Upstream.Servers upstream, boolean uploaded) {
    this.upstream = upstream;
    this.uploaded = uploaded;
  }

  /** An attempt begins: a connection is waited for. */
  void connecting() {
    connected = false;
    waiting();
    connectingSinceNanos = waitingSinceNanos;
  }

  /** There is a connection. */
  void connected() {
    connected = true;
    moved();
  }

  /** The upstream does, or does not, take more of the request's body for now. */
  void uploadHeld(boolean held) {
    uploadHeld = held;
    moved();
  }

  /** The request's body has come to its end. */
  void uploaded() {
    uploaded = true;
    moved();
  }

  /** The client does, or does not, take more of the response for now. */
  void responseHeld(boolean held) {
    responseHeld = held;
    moved();
  }

  /** Something has come from the upstream. */
  void moved() {
    if (!responseHeld && (uploaded || uploadHeld)) {
      waiting();
    } else {
      waitingSinceNanos = NOT_WAITING;
    }
  }

  private void waiting() {
    waitingSinceNanos = System.nanoTime();
    if (waitingSinceNanos == NOT_WAITING) {
      waitingSinceNanos = -1;
    }
  }

  /**
   * Says why there is no connection yet. While the pool of the target's connections is full, the
   * target itself is not being waited for.
   */
  void connectingWhile(boolean full, long nowNanos) {
    poolFull = full && nowNanos - connectingSinceNanos > upstream.connectTimeout().toNanos();
    if (full && !poolFull) {
      waiting();
    }
  }

  /** Whether nothing goes on until the client sends or takes some more. */
  boolean isClients() {
    return waitingSinceNanos == NOT_WAITING;
  }

  /** Whether the upstream has been silent for too long while it was its turn. */
  boolean isOverdue(long nowNanos) {
    if (waitingSinceNanos == NOT_WAITING) {
      return false;
    }
    if (isRefused()) {
      return true;
    }
    long most = (connected ? upstream.timeout() : upstream.connectTimeout()).toNanos();
    return nowNanos - waitingSinceNanos > most;
  }

  boolean isConnected() {
    return connected;
  }

  /**
   * Whether no connection was to be had for as long as one may take, since others have them all.
   */
  boolean isRefused() {
    return !connected && poolFull;
  }

  boolean isUploaded() {
    return uploaded;
  }

  boolean isResponseHeld() {
    return responseHeld;
  }
}
