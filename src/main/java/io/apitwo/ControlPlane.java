package io.apitwo;

import io.apitwo.admin.AdminToken;
import io.apitwo.admin.BusVerticle;
import io.apitwo.config.ActiveRules;
import io.apitwo.config.Authority;
import io.apitwo.config.ClusterException;
import io.apitwo.config.ConfigContext;
import io.apitwo.config.ConfigVerticle;
import io.apitwo.config.HazelcastMember;
import io.apitwo.config.LocalAuthority;
import io.apitwo.config.Peers;
import io.apitwo.config.PlainEntries;
import io.apitwo.config.RulesFile;
import io.apitwo.count.CounterStore;
import io.apitwo.count.RedisStore;
import io.apitwo.rules.Settings;
import io.apitwo.telemetry.AdminMeter;
import io.apitwo.telemetry.ConfigMeter;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What owns the rules of this node, alone or as a member of a cluster. It has a Vert.x of its own,
 * for operators, and a second one as a member: so that no request ever waits for an operator or
 * another node, and no operator for another node.
 */
final class ControlPlane {
  private static final Logger log = LoggerFactory.getLogger(ControlPlane.class);

  /** For compiling rules, and for scrapes of the meters. */
  private static final int WORKERS = 4;

  private static final long CLOSE_SECONDS = 10;

  private final @Nullable HazelcastMember member;
  private final ConfigVerticle config;
  private final DataFolder folder;
  private final Vertx operators;

  private ControlPlane(@Nullable HazelcastMember member, ConfigVerticle config, DataFolder folder) {
    this.member = member;
    this.config = config;
    this.folder = folder;
    this.operators =
        Vertx.builder()
            .with(
                new VertxOptions()
                    .setEventLoopPoolSize(1)
                    .setWorkerPoolSize(WORKERS)
                    .setFileSystemOptions(
                        new FileSystemOptions()
                            .setClassPathResolvingEnabled(false)
                            .setFileCachingEnabled(false)))
            .build();
  }

  /**
   * Joins the cluster, if there is one. Blocks.
   *
   * @param plain the Vert.x that serves traffic
   */
  static ControlPlane open(
      Settings settings,
      Vertx plain,
      CounterStore store,
      ConfigMeter meter,
      ActiveRules active,
      @Nullable RulesFile file)
      throws StartupException {
    Settings.Cluster cluster = settings.cluster();
    if (cluster != null) {
      TlsFiles.check(plain, cluster.tls());
    }
    try {
      if (cluster != null && !(store instanceof RedisStore)) {
        log.warn(
            "a cluster without Redis: each node counts for itself, so it enforces its share of each"
                + " limit (expected: store.type: redis for limits that hold for all together)");
      }
      HazelcastMember member = cluster == null ? null : HazelcastMember.start(cluster, meter);
      ConfigContext context =
          new ConfigContext(
              member == null ? hostName() : hostName() + "@" + member.peers().address(),
              settings.dataDir(),
              authority(plain, store, member, meter),
              member == null ? Peers.NONE : member.peers(),
              meter);
      return new ControlPlane(
          member, new ConfigVerticle(context, active, file), DataFolder.use(settings.dataDir()));
    } catch (ClusterException e) {
      throw new StartupException(e.getMessage());
    }
  }

  private static Authority authority(
      Vertx plain, CounterStore store, @Nullable HazelcastMember member, ConfigMeter meter) {
    if (store instanceof RedisStore redis) {
      return new RulesInRedis(
          plain, redis.documents(), member == null ? new PlainEntries(meter) : member.entries());
    }
    return member == null ? new LocalAuthority() : member.authority();
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "node";
    }
  }

  /** How many nodes the cluster has; 1 without one. */
  int members() {
    return member == null ? 1 : member.members();
  }

  ConfigVerticle config() {
    return config;
  }

  /** The Vert.x of operators. */
  Vertx operators() {
    return operators;
  }

  /** Starts the owner of the rules. Blocks. */
  void start() throws StartupException {
    Vertx home = member == null ? operators : member.vertx();
    Startup.await("rules", home.deployVerticle(config));
  }

  /** Lets peers of the cluster push rules, too. Blocks. */
  void listen(AdminToken token, AdminMeter meter) throws StartupException {
    if (member != null) {
      BusVerticle bus = new BusVerticle(token, config.rulebook(), meter);
      Startup.await("event bus", member.vertx().deployVerticle(bus));
    }
  }

  /** Leaves the cluster, and serves operators no more. Blocks. */
  void close() {
    if (member != null) {
      member.close();
    }
    operators
        .close()
        .toCompletionStage()
        .toCompletableFuture()
        .completeOnTimeout(null, CLOSE_SECONDS, TimeUnit.SECONDS)
        .join();
    folder.close();
  }
}
