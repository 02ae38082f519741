package io.apitwo.config;

/** The authority over numbers gives no answer, so that nothing can be changed now. */
public final class AuthorityException extends Exception {
  private static final long serialVersionUID = 1L;
  private final boolean inDoubt;

  /** That nothing was changed. */
  public AuthorityException(String message) {
    this(message, false);
  }

  private AuthorityException(String message, boolean inDoubt) {
    super(message);
    this.inDoubt = inDoubt;
  }

  /** That it was asked for a change, and its answer got lost. */
  public static AuthorityException inDoubt(String message) {
    return new AuthorityException(message, true);
  }

  /** Whether what was asked for may have been done all the same. */
  public boolean isInDoubt() {
    return inDoubt;
  }
}
