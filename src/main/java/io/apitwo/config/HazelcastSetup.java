package io.apitwo.config;

import com.hazelcast.config.ClassFilter;
import com.hazelcast.config.Config;
import com.hazelcast.config.InMemoryFormat;
import com.hazelcast.config.JavaSerializationFilterConfig;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.MapConfig;
import com.hazelcast.config.MultiMapConfig;
import com.hazelcast.config.NetworkConfig;
import com.hazelcast.config.ReplicatedMapConfig;
import io.apitwo.rules.Settings;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What Hazelcast is told: fixed ports, members by list or DNS alone, nothing of its own accord.
 *
 * <p>Times: with heartbeats each 2 s and 10 s of silence a frozen member is out after 10 s, in
 * which the others' writes to partitions of it wait for at most a second each time; two halves look
 * for each other every 5 s; members that start together agree on the first of them after 2 s. (Its
 * defaults are 60 s, 5 s, 300 s and 5 s.)
 */
final class HazelcastSetup {
  /** The newest entries, on every node: what is pushed. */
  static final String ENTRIES = "apitwo.entries";

  /** The newest entry of each document, by which numbers are given. */
  static final String NEWEST = "apitwo.newest";

  /** The entries before. */
  static final String HISTORY = "apitwo.history";

  private static final Map<String, String> PROPERTIES =
      Map.ofEntries(
          Map.entry("hazelcast.logging.type", "slf4j"),
          Map.entry("hazelcast.phone.home.enabled", "false"),
          Map.entry("hazelcast.shutdownhook.enabled", "false"),
          Map.entry("hazelcast.heartbeat.interval.seconds", "2"),
          Map.entry("hazelcast.max.no.heartbeat.seconds", "10"),
          Map.entry("hazelcast.merge.first.run.delay.seconds", "5"),
          Map.entry("hazelcast.merge.next.run.delay.seconds", "5"),
          Map.entry("hazelcast.operation.backup.timeout.millis", "1000"),
          Map.entry("hazelcast.operation.call.timeout.millis", "10000"),
          Map.entry("hazelcast.wait.seconds.before.join", "0"),
          Map.entry("hazelcast.graceful.shutdown.max.wait", "5"),
          Map.entry("hazelcast.partition.count", "71"));

  private HazelcastSetup() {}

  /**
   * @param address of this member; null for Hazelcast to choose
   */
  static Config of(Settings.Cluster cluster, @Nullable String address) {
    Config config = new Config();
    config.setClusterName(cluster.name());
    config.setClassLoader(HazelcastSetup.class.getClassLoader());
    PROPERTIES.forEach(config::setProperty);
    network(config, cluster, address);
    config.getSerializationConfig().setJavaSerializationFilterConfig(serializable());
    config.addMapConfig(new MapConfig("__vertx.haInfo").setBackupCount(1));
    config.addMapConfig(new MapConfig("__vertx.nodeInfo").setBackupCount(1));
    config.addMultiMapConfig(
        new MultiMapConfig("__vertx.subs")
            .setBackupCount(1)
            .setValueCollectionType(MultiMapConfig.ValueCollectionType.SET));
    config.addMapConfig(new MapConfig("apitwo.*").setBackupCount(1));
    config.addReplicatedMapConfig(
        new ReplicatedMapConfig(ENTRIES).setInMemoryFormat(InMemoryFormat.OBJECT));
    return config;
  }

  private static void network(Config config, Settings.Cluster cluster, @Nullable String address) {
    NetworkConfig network = config.getNetworkConfig();
    network.setPort(cluster.port()).setPortAutoIncrement(false).setReuseAddress(true);
    if (address != null) {
      network.getInterfaces().setEnabled(true).addInterface(address);
      config.setProperty("hazelcast.socket.bind.any", "false");
    }
    JoinConfig join = network.getJoin();
    join.getAutoDetectionConfig().setEnabled(false);
    join.getMulticastConfig().setEnabled(false);
    String dns = cluster.dns();
    join.getTcpIpConfig().setEnabled(dns == null).setConnectionTimeoutSeconds(2);
    if (dns == null) {
      cluster.members().forEach(member -> join.getTcpIpConfig().addMember(member.toString()));
    } else {
      join.getKubernetesConfig()
          .setEnabled(true)
          .setProperty("service-dns", dns)
          .setProperty("service-port", Integer.toString(cluster.port()));
    }
  }

  /** Of serialized Java objects only what members send each other: exceptions and their parts. */
  private static JavaSerializationFilterConfig serializable() {
    ClassFilter allowed = new ClassFilter();
    allowed.addPrefixes(
        "com.hazelcast.",
        "java.lang.",
        "[Ljava.lang.StackTraceElement;",
        "java.util.concurrent.",
        "java.util.Collections$",
        "java.io.");
    allowed.addClasses("java.util.ArrayList");
    return new JavaSerializationFilterConfig().setDefaultsDisabled(true).setWhitelist(allowed);
  }
}
