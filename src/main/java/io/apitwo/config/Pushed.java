package io.apitwo.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of a push.
 *
 * @param revision its number; of a dry run the one that it would have got
 * @param converged whether every node that was known runs it
 * @param superseded whether a later push came before this one was made: then all this tells of that
 *     one, and the document was never in force
 * @param checked whether it is known that the document is right; not so of some in a storm
 */
public record Pushed(
    long revision,
    String sha256,
    boolean converged,
    List<Node> nodes,
    boolean superseded,
    boolean checked) {
  public Pushed {
    nodes = List.copyOf(nodes);
  }

  /** Of the push itself. */
  Pushed(long revision, String sha256, boolean converged, List<Node> nodes) {
    this(revision, sha256, converged, nodes, false, true);
  }

  /** What those are told that came before it, and were not made any more. */
  Pushed superseding() {
    return new Pushed(revision, sha256, converged, nodes, true, true);
  }

  /** The same for those that nobody has looked at. */
  Pushed unchecked() {
    return new Pushed(revision, sha256, converged, nodes, superseded, false);
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
