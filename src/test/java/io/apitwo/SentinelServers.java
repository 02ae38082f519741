package io.apitwo;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;

/** A master with two replicas, watched by three sentinels, all real, on 127.0.0.1. */
public final class SentinelServers implements AutoCloseable {
  private static final int SERVERS = 3;
  private static final int SENTINELS = 3;
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** By which sentinels know the master. */
  public static final String NAME = "main";

  private final List<RedisServer> servers = new ArrayList<>();
  private final List<RedisServer> sentinels = new ArrayList<>();

  private SentinelServers() {}

  /**
   * Starts them and waits until all sentinels know all others.
   *
   * @param replicas how many replicas a master must have to be written to
   */
  public static SentinelServers start(int replicas) throws IOException {
    SentinelServers all = new SentinelServers();
    try {
      for (int i = 0; i < SERVERS; i++) {
        all.servers.add(
            RedisServer.start(
                "--repl-diskless-sync-delay", "0", "--min-replicas-to-write", "" + replicas));
      }
      String master = "" + all.servers.get(0).port();
      all.servers.stream().skip(1).forEach(s -> s.command("REPLICAOF", "127.0.0.1", master));
      for (int i = 0; i < SENTINELS; i++) {
        all.sentinels.add(
            RedisServer.sentinel(
                List.of(
                    "sentinel monitor " + NAME + " 127.0.0.1 " + master + " 2",
                    "sentinel down-after-milliseconds " + NAME + " 1000",
                    "sentinel failover-timeout " + NAME + " 5000")));
      }
      all.awaitAcquaintance();
      return all;
    } catch (IOException | RuntimeException e) {
      all.close();
      throw e;
    }
  }

  private void awaitAcquaintance() {
    Awaitility.await("all sentinels know all")
        .atMost(PATIENCE)
        .until(
            () ->
                sentinels.stream()
                    .allMatch(
                        sentinel ->
                            known(sentinel, "REPLICAS") == SERVERS - 1
                                && known(sentinel, "SENTINELS") == SENTINELS - 1));
    Awaitility.await("replicas are in step")
        .atMost(PATIENCE)
        .until(() -> replication(servers.get(0)).split("state=online", -1).length == SERVERS);
  }

  private static int known(RedisServer sentinel, String whom) {
    return ((List<?>) sentinel.command("SENTINEL", whom, NAME)).size();
  }

  /** What a server says of masters and replicas. */
  public static String replication(RedisServer server) {
    return (String) server.command("INFO", "replication");
  }

  public List<RedisServer> sentinels() {
    return sentinels;
  }

  /** Whom a sentinel calls the master. */
  public RedisServer master(RedisServer sentinel) {
    List<?> address = (List<?>) sentinel.command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME);
    return servers.stream()
        .filter(server -> address.get(1).equals("" + server.port()))
        .findFirst()
        .orElseThrow();
  }

  /** Whom all sentinels call the master; waits until they agree. */
  public RedisServer master() {
    Awaitility.await("sentinels agree")
        .atMost(PATIENCE)
        .until(() -> sentinels.stream().map(this::master).distinct().count() == 1);
    return master(sentinels.get(0));
  }

  @Override
  public void close() {
    sentinels.forEach(RedisServer::close);
    servers.forEach(RedisServer::close);
  }
}
