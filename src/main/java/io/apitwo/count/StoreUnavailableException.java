package io.apitwo.count;

/** The store cannot say. An expected state of affairs, hence without a stack trace. */
public final class StoreUnavailableException extends Exception {
  private static final long serialVersionUID = 1;

  private final boolean inDoubt;

  /**
   * That nothing was done.
   *
   * @param reason short, for logs; without secrets and client keys
   */
  public StoreUnavailableException(String reason) {
    this(reason, false);
  }

  /**
   * @param reason short, for logs; without secrets and client keys
   * @param inDoubt whether it may have been done all the same, or a part of it: the answer got
   *     lost, or Redis met an error on the way
   */
  public StoreUnavailableException(String reason, boolean inDoubt) {
    super(reason, null, false, false);
    this.inDoubt = inDoubt;
  }

  /** Whether what was asked for may have been done, although it failed so. */
  public static boolean isInDoubt(Throwable cause) {
    return !(cause instanceof StoreUnavailableException known) || known.inDoubt;
  }
}
