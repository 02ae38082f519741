package io.apitwo.config;

import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import io.apitwo.rules.Settings;
import io.apitwo.telemetry.ConfigMeter;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.ClientAuth;
import io.vertx.core.net.PemKeyCertOptions;
import io.vertx.core.net.PemTrustOptions;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * This node as a member of the cluster, with a clustered Vert.x of its own beside the one that
 * serves traffic: whatever stalls here, no request waits for it.
 *
 * <p>{@link #start} and {@link #close} block.
 */
public final class HazelcastMember implements AutoCloseable {
  private static final int WORKERS = 16;

  private final HazelcastInstance hazelcast;
  private final Vertx vertx;
  private final HazelcastPeers peers;
  private final SealedEntries sealed;
  private final Authority authority;

  private HazelcastMember(
      HazelcastInstance hazelcast, Vertx vertx, Settings.Cluster cluster, ConfigMeter meter) {
    this.hazelcast = hazelcast;
    this.vertx = vertx;
    this.sealed = new SealedEntries(new Seal(cluster.secret()), meter);
    this.peers = new HazelcastPeers(hazelcast, vertx, sealed, meter);
    this.authority = new HazelcastAuthority(hazelcast, vertx, sealed);
  }

  /**
   * Joins, or is the first.
   *
   * @throws ClusterException when an address or port cannot be had
   */
  public static HazelcastMember start(Settings.Cluster cluster, ConfigMeter meter)
      throws ClusterException {
    HazelcastInstance hazelcast = join(cluster);
    try {
      Vertx vertx = clustered(hazelcast, cluster).toCompletionStage().toCompletableFuture().join();
      return new HazelcastMember(hazelcast, vertx, cluster, meter);
    } catch (RuntimeException e) {
      hazelcast.shutdown();
      throw new ClusterException("cluster.busPort: " + cluster.busPort() + ": " + reason(e));
    }
  }

  private static HazelcastInstance join(Settings.Cluster cluster) throws ClusterException {
    Config config = HazelcastSetup.of(cluster, addressOf(cluster.host()));
    config
        .getMemberAttributeConfig()
        .setAttribute("__vertx.nodeId", UUID.randomUUID().toString()); // as the library names it
    try {
      return Hazelcast.newHazelcastInstance(config);
    } catch (RuntimeException e) { // the library throws several of them, for the same reason
      throw new ClusterException(
          "cluster.port: "
              + cluster.port()
              + " cannot be listened on: "
              + reason(e)
              + " (expected: a free port on an address of this machine)");
    }
  }

  private static String reason(Throwable e) {
    Throwable cause = e;
    while (cause.getCause() != null) {
      cause = cause.getCause();
    }
    return String.valueOf(cause.getMessage());
  }

  private static @Nullable String addressOf(@Nullable String host) throws ClusterException {
    try {
      InetAddress address = host == null ? null : InetAddress.getByName(host);
      if (address == null || NetworkInterface.getByInetAddress(address) != null) {
        return address == null ? null : address.getHostAddress();
      }
    } catch (UnknownHostException | SocketException e) {
      // as for an address of another machine
    }
    throw new ClusterException("cluster.host: " + host + " (expected: an address of this machine)");
  }

  private static Future<Vertx> clustered(HazelcastInstance hazelcast, Settings.Cluster cluster) {
    EventBusOptions bus =
        new EventBusOptions()
            .setHost(hazelcast.getCluster().getLocalMember().getAddress().getHost())
            .setPort(cluster.busPort());
    Settings.ClusterTls tls = cluster.tls();
    if (tls != null) {
      bus.setSsl(true)
          .setClientAuth(ClientAuth.REQUIRED)
          .setKeyCertOptions(
              new PemKeyCertOptions()
                  .setCertPath(tls.cert().toString())
                  .setKeyPath(tls.key().toString()))
          .setTrustOptions(new PemTrustOptions().addCertPath(tls.caFile().toString()));
    }
    VertxOptions options =
        new VertxOptions()
            .setEventLoopPoolSize(1)
            .setWorkerPoolSize(WORKERS)
            .setEventBusOptions(bus)
            .setFileSystemOptions(
                new FileSystemOptions()
                    .setClassPathResolvingEnabled(false)
                    .setFileCachingEnabled(false));
    return Vertx.builder()
        .with(options)
        .withClusterManager(new HazelcastClusterManager(hazelcast))
        .buildClustered();
  }

  /** For all that has to do with other nodes, and nothing else. */
  public Vertx vertx() {
    return vertx;
  }

  public Peers peers() {
    return peers;
  }

  /** How many nodes there are now, this one included. */
  public int members() {
    return peers.members();
  }

  /** How the cluster writes entries. */
  public EntryWriting entries() {
    return sealed;
  }

  /** For a cluster that has no Redis. */
  public Authority authority() {
    return authority;
  }

  /** Leaves the cluster. */
  @Override
  public void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
    hazelcast.shutdown();
  }
}
