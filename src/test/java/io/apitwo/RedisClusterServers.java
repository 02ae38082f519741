package io.apitwo;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.awaitility.Awaitility;

/**
 * A Redis Cluster of three real servers, all masters, on free ports of 127.0.0.1; to which replicas
 * may be added.
 */
public final class RedisClusterServers implements AutoCloseable {
  private static final int SLOTS = 16_384;
  private static final int MASTERS = 3;

  private static final List<String> NODE =
      List.of(
          "--cluster-enabled",
          "yes",
          "--cluster-node-timeout",
          "2000",
          "--cluster-require-full-coverage",
          "no");

  private final List<RedisServer> masters = new ArrayList<>();
  private final List<RedisServer> replicas = new ArrayList<>();
  private final List<Integer> ports = new ArrayList<>();

  private RedisClusterServers() {}

  /** Starts them and waits until each knows where all slots are. */
  public static RedisClusterServers start() throws IOException {
    RedisClusterServers cluster = new RedisClusterServers();
    try {
      for (int i = 0; i < MASTERS; i++) {
        RedisServer master = RedisServer.start(NODE.toArray(String[]::new));
        cluster.masters.add(master);
        cluster.ports.add(master.port());
      }
      cluster.join();
      return cluster;
    } catch (IOException | RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  /**
   * The same, whose servers speak TLS to each other and tell clients that come by TLS of ports for
   * it; the plain ports are there beside.
   */
  public static RedisClusterServers secure(TestCertificate certificate) throws IOException {
    RedisClusterServers cluster = new RedisClusterServers();
    try {
      for (int i = 0; i < MASTERS; i++) {
        int port = RedisServer.clusterPort();
        List<String> arguments = new ArrayList<>(NODE);
        arguments.addAll(certificate.forRedis(port));
        arguments.addAll(List.of("--tls-cluster", "yes"));
        cluster.masters.add(RedisServer.start(arguments.toArray(String[]::new)));
        cluster.ports.add(port);
      }
      cluster.join();
      return cluster;
    } catch (IOException | RuntimeException e) {
      cluster.close();
      throw e;
    }
  }

  private void join() {
    RedisServer first = masters.get(0);
    for (int i = 0; i < MASTERS; i++) {
      List<String> command = new ArrayList<>(List.of("CLUSTER", "ADDSLOTS"));
      for (int slot = i * SLOTS / MASTERS; slot < (i + 1) * SLOTS / MASTERS; slot++) {
        command.add("" + slot);
      }
      masters.get(i).command(command.toArray(String[]::new));
      masters.get(i).command("CLUSTER", "SET-CONFIG-EPOCH", "" + (i + 1));
      if (i > 0) {
        first.command("CLUSTER", "MEET", "127.0.0.1", "" + ports.get(i));
      }
    }
    awaitAgreement();
  }

  /** Waits until every master that runs knows all slots served. */
  public void awaitAgreement() {
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> {
              for (RedisServer master : masters) {
                String info = (String) master.command("CLUSTER", "INFO");
                if (!info.contains("cluster_state:ok")
                    || !info.contains("cluster_slots_ok:" + SLOTS)
                    || !info.contains("cluster_size:" + MASTERS)) {
                  throw new AssertionError(info);
                }
              }
            });
  }

  /** Adds a replica of a master, and waits until it has all its keys. */
  public RedisServer addReplica(int master) throws IOException {
    RedisServer replica = RedisServer.start(NODE.toArray(String[]::new));
    replicas.add(replica);
    replica.command("CLUSTER", "MEET", "127.0.0.1", "" + masters.get(master).port());
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .ignoreExceptions()
        .until(() -> "OK".equals(replica.command("CLUSTER", "REPLICATE", id(master))));
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () ->
                ((String) replica.command("INFO", "replication"))
                    .contains("master_link_status:up"));
    return replica;
  }

  public List<RedisServer> masters() {
    return masters;
  }

  public List<String> urls() {
    return masters.stream().map(RedisServer::url).toList();
  }

  /** The ports at which clients that speak as the cluster does find the masters. */
  public List<Integer> ports() {
    return ports;
  }

  /** The number of the master that serves a slot, as the first one sees it. */
  public int owner(int slot) {
    return owner(slot, -1);
  }

  /**
   * The number of the master that serves a slot.
   *
   * @param silent the number of a master not to ask
   */
  public int owner(int slot, int silent) {
    RedisServer asked = masters.get(silent == 0 ? 1 : 0);
    for (Object entry : (List<?>) asked.command("CLUSTER", "SLOTS")) {
      List<?> range = (List<?>) entry;
      if (slot >= (Long) range.get(0) && slot <= (Long) range.get(1)) {
        long port = (Long) ((List<?>) range.get(2)).get(1);
        for (int i = 0; i < MASTERS; i++) {
          if (masters.get(i).port() == port) {
            return i;
          }
        }
      }
    }
    throw new IllegalStateException("nobody serves slot " + slot);
  }

  /** Begins to move a slot; its keys stay where they are. */
  public void beginMove(int slot, int from, int to) {
    masters.get(to).command("CLUSTER", "SETSLOT", "" + slot, "IMPORTING", id(from));
    masters.get(from).command("CLUSTER", "SETSLOT", "" + slot, "MIGRATING", id(to));
  }

  /**
   * Moves some keys of a slot that is being moved.
   *
   * @return how many there were
   */
  public int moveKeys(int slot, int from, int to, int most) {
    List<?> keys =
        (List<?>) masters.get(from).command("CLUSTER", "GETKEYSINSLOT", "" + slot, "" + most);
    keys.stream()
        .map(String.class::cast)
        .sorted(Comparator.naturalOrder())
        .forEach(
            key ->
                masters
                    .get(from)
                    .command("MIGRATE", "127.0.0.1", "" + ports.get(to), key, "0", "5000"));
    return keys.size();
  }

  /** Ends the move of a slot whose keys have all been moved; the third master hears of it. */
  public void endMove(int slot, int from, int to) {
    masters.get(to).command("CLUSTER", "SETSLOT", "" + slot, "NODE", id(to));
    masters.get(from).command("CLUSTER", "SETSLOT", "" + slot, "NODE", id(to));
  }

  /**
   * Waits until all masters say the same of who serves what since when. A slot that is moved on
   * before may be claimed back by a master whose word is late, and its keys be deleted.
   */
  public void awaitOneView() {
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(50))
        .until(() -> masters.stream().map(RedisClusterServers::view).distinct().count() == 1);
  }

  /** Each node's id, the epoch of its configuration, and its slots. */
  private static List<String> view(RedisServer master) {
    return ((String) master.command("CLUSTER", "NODES"))
        .lines()
        .map(line -> line.replaceFirst("^(\\S+)(?: \\S+){5} (\\S+) \\S+", "$1 $2"))
        .sorted()
        .toList();
  }

  /** The slot of a key. */
  public int slot(String key) {
    return ((Long) masters.get(0).command("CLUSTER", "KEYSLOT", key)).intValue();
  }

  /** How often the masters have answered with an error that starts with a word. */
  public long errors(String word) {
    return masters.stream().mapToLong(master -> master.errors(word)).sum();
  }

  private String id(int master) {
    return (String) masters.get(master).command("CLUSTER", "MYID");
  }

  @Override
  public void close() {
    replicas.forEach(RedisServer::close);
    masters.forEach(RedisServer::close);
  }
}
