package io.apitwo.config;

import io.apitwo.rules.Rules;

/**
 * The revision in force on this node: written by the config verticle, read by every event loop with
 * one volatile read a request.
 */
public final class ActiveRules {
  private volatile Revision revision;
  private volatile Runnable onChange = () -> {};

  public ActiveRules(Revision first) {
    this.revision = first;
  }

  public Revision revision() {
    return revision;
  }

  public Rules rules() {
    return revision.rules();
  }

  /**
   * @param listener told after each change, on the thread that made it, so it must not block; the
   *     one that was given last is
   */
  public void onChange(Runnable listener) {
    onChange = listener;
  }

  void replace(Revision next) {
    revision = next;
    onChange.run();
  }
}
