package io.apitwo.count;

import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the counters in Redis are, and how they are kept there. Never prints a secret.
 *
 * @param mode what stands behind the endpoints
 * @param endpoints {@code redis://HOST:PORT}, or {@code rediss://} for TLS: of the server, of the
 *     sentinels, or of some nodes of the cluster; at least one, without credentials
 * @param sentinel how sentinels are asked; for that mode alone, else null
 * @param username of the access control list; null for the default user
 * @param password null for none
 * @param database its index; always 0 on a cluster
 * @param tls whether to speak TLS to all servers; one {@code rediss://} says so as well
 * @param authorities a PEM file of the authorities to trust; null for those of the JDK
 * @param layout how counters are written
 * @param timeout how long one call may take
 * @param expectedNodes how many gateway nodes share the store at least; from 1
 * @param holdersPerNode how many event loops of a node may hold leases; from 1
 */
public record RedisStoreOptions(
    Mode mode,
    List<String> endpoints,
    @Nullable Sentinel sentinel,
    @Nullable String username,
    @Nullable String password,
    int database,
    boolean tls,
    @Nullable Path authorities,
    Layout layout,
    Duration timeout,
    int expectedNodes,
    int holdersPerNode) {

  /** What stands behind the endpoints. */
  public enum Mode {
    STANDALONE,
    SENTINEL,
    CLUSTER
  }

  /**
   * How sentinels are asked. Never prints a secret.
   *
   * @param master the name under which they know the master
   * @param username of their own access control list; null for the default user
   * @param password null for none
   */
  public record Sentinel(String master, @Nullable String username, @Nullable String password) {
    public Sentinel {
      if (master.isEmpty()) {
        throw new IllegalArgumentException(
            "no name of the master (expected: the name that the sentinels watch it under)");
      }
      checkLogin(username, password);
    }

    @Override
    public String toString() {
      return "Sentinel[master=" + master + "]";
    }
  }

  /** How counters are written. */
  public enum Layout {
    /** One key for each limit and client, which holds all its windows. */
    PACKED,
    /** One key for each window, with a plain number, as people and other programs can read. */
    PLAIN
  }

  private static final int DEFAULT_PORT = 6379;
  private static final String SECURE = "rediss:";

  public RedisStoreOptions {
    if (endpoints.isEmpty()) {
      throw new IllegalArgumentException("no Redis endpoint (expected: at least one)");
    }
    boolean secure = tls || endpoints.stream().anyMatch(endpoint -> endpoint.startsWith(SECURE));
    tls = secure;
    endpoints = endpoints.stream().map(endpoint -> checked(endpoint, secure)).toList();
    checkLogin(username, password);
    if (mode == Mode.CLUSTER && layout == Layout.PLAIN) {
      throw new IllegalArgumentException(
          "layout plain on a Redis Cluster (expected: packed; the windows of plain counters lie on"
              + " different nodes, so no charge could pass whole)");
    }
    if (mode == Mode.CLUSTER && database != 0) {
      throw new IllegalArgumentException(
          "database " + database + " on a Redis Cluster (expected: 0, the only one there)");
    }
    if ((mode == Mode.SENTINEL) != (sentinel != null)) {
      throw new IllegalArgumentException(
          "mode " + mode + " and " + sentinel + " (expected: sentinels with mode SENTINEL alone)");
    }
    if (mode == Mode.STANDALONE && endpoints.size() > 1) {
      throw new IllegalArgumentException(
          endpoints.size() + " endpoints of a standalone Redis (expected: 1)");
    }
    atLeast("database", database, 0);
    atLeast("expectedNodes", expectedNodes, 1);
    atLeast("holdersPerNode", holdersPerNode, 1);
    if (timeout.toMillis() < 1) {
      throw new IllegalArgumentException("timeout: " + timeout + " (expected: at least 1 ms)");
    }
  }

  private static void checkLogin(@Nullable String username, @Nullable String password) {
    if (username != null && password == null) {
      throw new IllegalArgumentException("a Redis user without a password (expected: both)");
    }
  }

  private static void atLeast(String name, int value, int least) {
    if (value < least) {
      throw new IllegalArgumentException(name + ": " + value + " (expected: >= " + least + ")");
    }
  }

  /** As {@code scheme://host:port}; does not repeat what it refuses, which may hold a password. */
  private static String checked(String endpoint, boolean tls) {
    try {
      URI uri = new URI(endpoint);
      String path = uri.getPath() == null ? "" : uri.getPath();
      if (("rediss".equals(uri.getScheme()) || "redis".equals(uri.getScheme()))
          && uri.getHost() != null
          && uri.getUserInfo() == null
          && uri.getQuery() == null
          && uri.getFragment() == null
          && (path.isEmpty() || path.equals("/"))) {
        int port = uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort();
        return (tls ? SECURE : "redis:") + "//" + uri.getHost() + ":" + port;
      }
    } catch (URISyntaxException e) {
      // refused below, like everything else that is no endpoint
    }
    throw new IllegalArgumentException(
        "a Redis endpoint of another form (expected: redis://HOST:PORT or rediss://HOST:PORT;"
            + " credentials and database have settings of their own)");
  }

  @Override
  public String toString() {
    return "RedisStoreOptions[mode="
        + mode
        + ", endpoints="
        + endpoints
        + ", database="
        + database
        + ", layout="
        + layout
        + "]";
  }
}
