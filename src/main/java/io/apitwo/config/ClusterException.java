package io.apitwo.config;

/** This node cannot be a member of the cluster; the message names the setting. */
public final class ClusterException extends Exception {
  private static final long serialVersionUID = 1L;

  public ClusterException(String message) {
    super(message);
  }
}
