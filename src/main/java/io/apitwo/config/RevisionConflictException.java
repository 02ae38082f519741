package io.apitwo.config;

/** Somebody else changed the document meanwhile. */
public final class RevisionConflictException extends Exception {
  private static final long serialVersionUID = 1L;
  private final long current;

  /**
   * @param expected the revision that the change was made from
   * @param current the one that is in force
   */
  public RevisionConflictException(long expected, long current) {
    super("revision " + expected + " is not in force (expected: " + current + ")");
    this.current = current;
  }

  /** The revision that is in force. */
  public long current() {
    return current;
  }
}
