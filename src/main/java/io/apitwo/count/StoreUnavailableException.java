package io.apitwo.count;

/** The store cannot say. An expected state of affairs, hence without a stack trace. */
public final class StoreUnavailableException extends Exception {
  private static final long serialVersionUID = 1;

  /**
   * @param reason short, for logs; without secrets and client keys
   */
  public StoreUnavailableException(String reason) {
    super(reason, null, false, false);
  }
}
