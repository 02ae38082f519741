package io.apitwo.identify;

/** What came of a request's attempt to prove who sent it. */
public sealed interface Identified {
  /** It proved this, which may be nothing. */
  record As(Credentials credentials) implements Identified {}

  /**
   * Its address has failed too often to be listened to now.
   *
   * @param retryAfterSeconds at least 1
   */
  record TooManyFailures(long retryAfterSeconds) implements Identified {}

  /** Of a request that proved nothing. */
  Identified NOBODY = new As(Credentials.NONE);
}
