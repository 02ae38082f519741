package io.apitwo.cli;

/** Why a command ends with 1, in lines for people. Carries no stack trace. */
final class CommandFailedException extends Exception {
  private static final long serialVersionUID = 1L;

  CommandFailedException(String message) {
    super(message, null, false, false);
  }
}
