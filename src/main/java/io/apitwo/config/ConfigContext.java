package io.apitwo.config;

import io.apitwo.telemetry.ConfigMeter;
import java.nio.file.Path;

/**
 * Where a node's documents live.
 *
 * @param node how this node is called, by people and by the others
 * @param dataDir what outlives a restart
 * @param authority where numbers come from
 * @param peers the other nodes
 */
public record ConfigContext(
    String node, Path dataDir, Authority authority, Peers peers, ConfigMeter meter) {}
