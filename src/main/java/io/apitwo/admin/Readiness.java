package io.apitwo.admin;

/**
 * Whether this node wants traffic; written by the root, read by the health endpoint on any thread.
 */
public final class Readiness {
  private volatile String notReadyBecause = "starting";

  public void ready() {
    notReadyBecause = "";
  }

  /**
   * @param because a word for people, such as {@code draining}
   */
  public void notReady(String because) {
    notReadyBecause = because;
  }

  boolean isReady() {
    return notReadyBecause.isEmpty();
  }

  String notReadyBecause() {
    return notReadyBecause;
  }
}
