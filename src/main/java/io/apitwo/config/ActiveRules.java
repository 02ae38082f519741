package io.apitwo.config;

import io.apitwo.rules.Rules;

/**
 * The revision in force on this node: written by the config verticle, read by every event loop with
 * one volatile read a request.
 */
public final class ActiveRules {
  private volatile Revision revision;

  public ActiveRules(Revision first) {
    this.revision = first;
  }

  public Revision revision() {
    return revision;
  }

  public Rules rules() {
    return revision.rules();
  }

  void replace(Revision next) {
    revision = next;
  }
}
