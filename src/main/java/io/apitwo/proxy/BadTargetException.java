package io.apitwo.proxy;

/** A request that names no resource in a way that all programs read alike. Has no stack trace. */
final class BadTargetException extends Exception {
  private static final long serialVersionUID = 1;

  /**
   * @param reason short, and without text of the client
   */
  BadTargetException(String reason) {
    super(reason, null, false, false);
  }

  String reason() {
    return String.valueOf(getMessage());
  }
}
