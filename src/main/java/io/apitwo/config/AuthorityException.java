package io.apitwo.config;

/** The authority over numbers gives no answer, so that nothing can be changed now. */
public final class AuthorityException extends Exception {
  private static final long serialVersionUID = 1L;

  public AuthorityException(String message) {
    super(message);
  }
}
