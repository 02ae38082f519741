package io.apitwo.proxy;

/** A request of an HTTP version that is not spoken here. Carries no stack trace. */
final class UnknownVersionException extends Exception {
  static final UnknownVersionException INSTANCE = new UnknownVersionException();

  private static final long serialVersionUID = 1L;

  private UnknownVersionException() {
    super("HTTP version", null, false, false);
  }
}
