package io.apitwo.proxy;

/**
 * What carries one attempt of an {@link UpstreamCall}: takes its request to a target and tells the
 * call what comes back. Once it is cancelled, or has told of an end, it tells nothing more.
 *
 * <p>Confined to the call's event loop.
 */
interface Carrier {
  /** Ends what is under way; its connection is of no more use. */
  void cancel();

  /** Brings no more of the response's body, but for a bounded rest, until resumed. */
  void pause();

  /** Ends a pause. */
  void resume();
}
