package io.apitwo.config;

import io.apitwo.config.NodeWord.Standing;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a node.
 *
 * @param address of its cluster member, {@code HOST:PORT}; empty without a cluster
 * @param revision that it says is in force there; 0 before the first
 * @param heardMillis how long ago it said so; 0 for this node
 * @param failed the later revision that could not be put in force there; 0 when there is none
 * @param error why it could not; null when there is none
 */
public record NodeState(
    String id,
    String address,
    boolean self,
    long revision,
    String sha256,
    long heardMillis,
    long failed,
    @Nullable String error) {

  /**
   * Of another node.
   *
   * @param standing null when it said nothing of the document
   */
  static NodeState of(NodeWord word, @Nullable Standing standing, long heardMillis) {
    RevisionId inForce = standing == null ? null : standing.inForce();
    RevisionId failed = standing == null ? null : standing.failed();
    return new NodeState(
        word.node(),
        word.address(),
        false,
        inForce == null ? 0 : inForce.number(),
        inForce == null ? "" : inForce.sha256(),
        heardMillis,
        failed == null ? 0 : failed.number(),
        standing == null ? null : standing.error());
  }
}
