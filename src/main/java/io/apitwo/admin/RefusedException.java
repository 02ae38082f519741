package io.apitwo.admin;

/** Why an operation is refused, with the status that says so. Carries no stack trace. */
final class RefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final int status;

  /**
   * @param message for the caller; holds no secret
   */
  RefusedException(int status, String message) {
    super(message, null, false, false);
    this.status = status;
  }

  int status() {
    return status;
  }
}
