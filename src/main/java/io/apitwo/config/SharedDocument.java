package io.apitwo.config;

import io.vertx.core.Future;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A numbered text that all nodes have alike: what the rules are made of, and what is beside them,
 * such as adjustments for single clients. May be called from any thread.
 */
public interface SharedDocument {
  /** Puts an entry in force on this node; fails when it cannot be. */
  interface Applier {
    Future<Void> apply(Entry entry);
  }

  /**
   * Says who puts entries in force, called on the config verticle's context; before that is
   * deployed. Without one they are so by being known.
   */
  void appliedBy(Applier applier);

  /** What is in force on this node; empty before the first. */
  Optional<Entry> current();

  /** What is known to be the newest, whether it is in force on this node or could not be. */
  Optional<Entry> newest();

  /**
   * Makes a text the next one on every node.
   *
   * @return fails with {@link RevisionConflictException} or {@link AuthorityException}; then
   *     nothing has changed, unless that is {@link AuthorityException#isInDoubt in doubt}
   */
  Future<Pushed> replace(Push push);

  /**
   * Has a listener called, on the config verticle's context, with each one that comes into force.
   */
  void onChange(Consumer<Entry> listener);
}
