package io.apitwo.config;

/** Somebody else changed the document meanwhile. */
public final class RevisionConflictException extends Exception {
  private static final long serialVersionUID = 1L;
  private final long current;

  /**
   * @param expected the revision that the change was made from
   * @param current the newest
   */
  public RevisionConflictException(long expected, long current) {
    super("revision " + expected + " is not the newest (expected: " + current + ")");
    this.current = current;
  }

  /** The newest revision. */
  public long current() {
    return current;
  }
}
