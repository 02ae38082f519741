package io.apitwo.config;

/**
 * What is known of a node.
 *
 * @param address of its cluster member, {@code HOST:PORT}; empty without a cluster
 * @param revision that it says is in force there
 * @param heardMillis how long ago it said so; 0 for this node
 */
public record NodeState(
    String id, String address, boolean self, long revision, String sha256, long heardMillis) {}
