package io.apitwo.identify;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The key sets that were fetched last: written by their one fetcher, read by every event loop with
 * one volatile read.
 */
public final class FetchedKeys {
  private volatile Map<URI, List<VerificationKey>> sets = Map.of();
  private final AtomicBoolean missed = new AtomicBoolean();
  private volatile Runnable onMiss = () -> {};

  /** By where they came from; another object after each change. */
  Map<URI, List<VerificationKey>> sets() {
    return sets;
  }

  void replace(Map<URI, List<VerificationKey>> now) {
    sets = Map.copyOf(now);
  }

  /** How many there are. */
  public int count() {
    return sets.values().stream().mapToInt(List::size).sum();
  }

  /** A token names a key that is not here: it may be a new one. */
  void miss() {
    if (!missed.get() && missed.compareAndSet(false, true)) {
      onMiss.run();
    }
  }

  /**
   * @param listener told of the first miss after each {@link #answered}, on any thread
   */
  void onMiss(Runnable listener) {
    onMiss = listener;
  }

  /** The next miss is told again. */
  void answered() {
    missed.set(false);
  }
}
