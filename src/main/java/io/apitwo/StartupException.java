package io.apitwo;

/** Why a node cannot start, in one line that a person can act on. Carries no stack trace. */
final class StartupException extends Exception {
  private static final long serialVersionUID = 1L;

  StartupException(String message) {
    super(message, null, false, false);
  }
}
