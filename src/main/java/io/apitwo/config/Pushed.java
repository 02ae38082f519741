package io.apitwo.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of a push.
 *
 * @param revision its number; of a dry run the one that it would have got
 * @param converged whether every node that was known runs it
 */
public record Pushed(long revision, String sha256, boolean converged, List<Node> nodes) {
  public Pushed {
    nodes = List.copyOf(nodes);
  }

  /**
   * One node's word.
   *
   * @param appliedMillis from the push to its being in force there; null when that was not heard of
   *     in time
   * @param error why it is not in force there; null when it is, or nothing was heard
   */
  public record Node(String id, @Nullable Long appliedMillis, @Nullable String error) {}
}
