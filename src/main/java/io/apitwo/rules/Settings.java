package io.apitwo.rules;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The settings of one node: what {@code conf/apitwo.yaml} and the environment say. A change needs a
 * restart.
 */
public record Settings(
    Proxy proxy,
    Management management,
    Store store,
    @Nullable Cluster cluster,
    RulesSource rules,
    Path dataDir,
    LogFormat logFormat,
    AccessLog accessLog,
    Duration drainTimeout) {

  /**
   * The listener for traffic.
   *
   * @param port 0 to 65535; 0 takes any free one
   * @param tls null: no HTTPS
   * @param instances how many event loops serve traffic, 1 to 256
   * @param idleTimeout how long a client connection may stay silent while it is the client's turn,
   *     1 s to 24 h
   */
  public record Proxy(
      String host,
      int port,
      @Nullable Tls tls,
      List<Cidr> trustedProxies,
      Transport transport,
      int instances,
      Duration idleTimeout) {
    public Proxy {
      trustedProxies = List.copyOf(trustedProxies);
    }
  }

  /**
   * HTTPS beside the plain listener, on the same host.
   *
   * @param cert a PEM file with the certificate chain
   * @param key a PEM file with the PKCS#8 private key
   */
  public record Tls(int port, Path cert, Path key) {}

  /**
   * The operator's listener.
   *
   * @param token the bearer token for {@code /admin/**}; null: see the file
   * @param tokenFile a file whose first line is the token; null with a null token: one is generated
   */
  public record Management(
      String host, int port, @Nullable String token, @Nullable Path tokenFile) {
    /** Without the token. */
    @Override
    public String toString() {
      return "Management[host=" + host + ", port=" + port + "]";
    }
  }

  /**
   * Where counters live.
   *
   * @param redis null: in memory, on this node (the embedded store)
   * @param maxEntries how many clients, counted once for each limit, the embedded store keeps
   *     apart; 1,000 to 100,000,000
   * @param timeout how long a decision may wait for Redis, 5 ms to 10 s
   * @param layout how counters are written to Redis; packed on a Redis Cluster
   * @param expectedNodes how many gateways share the store at least, 1 to 10,000
   */
  public record Store(
      @Nullable Redis redis, int maxEntries, Duration timeout, Layout layout, int expectedNodes) {
    private static final int MOST_BY_DEFAULT = 1_000_000;

    /** What one takes, with its client key and what the event loops remember of it. */
    private static final int ENTRY_BYTES = 2_048;

    /** As many entries as this process's heap can be expected to hold; the default. */
    public static int sensibleEntries() {
      long fit = Runtime.getRuntime().maxMemory() / ENTRY_BYTES;
      return (int) Math.max(1_000, Math.min(MOST_BY_DEFAULT, fit));
    }
  }

  /** How counters are written to Redis. */
  public enum Layout {
    /** One key holds all windows of a client under a limit. */
    PACKED,
    /** One key a window, for people and other programs to read. */
    PLAIN
  }

  /**
   * Where Redis is: the settings' word, with what a URL says filled in, or what the environment
   * offers where they are silent.
   *
   * @param endpoints one server; with {@link RedisMode#SENTINEL} the sentinels, with {@link
   *     RedisMode#CLUSTER} some of the cluster's nodes; at least one
   * @param sentinel how the sentinels are asked; null in other modes
   * @param username null for the default user; never without a password
   * @param password null: Redis asks for none
   * @param database 0 to 65,535; always 0 on a cluster
   * @param tls whether all connections are encrypted
   * @param caFile a PEM file of the authorities to trust, only with TLS; null for those of the JDK
   */
  public record Redis(
      RedisMode mode,
      List<Endpoint> endpoints,
      @Nullable Sentinel sentinel,
      @Nullable String username,
      @Nullable String password,
      int database,
      boolean tls,
      @Nullable Path caFile) {
    public Redis {
      endpoints = List.copyOf(endpoints);
    }

    /** Each endpoint as {@code redis://HOST:PORT}, or {@code rediss://} for TLS. */
    public List<String> urls() {
      String scheme = tls ? "rediss://" : "redis://";
      return endpoints.stream().map(endpoint -> scheme + endpoint).toList();
    }

    /** Without user and password. */
    @Override
    public String toString() {
      return "Redis[mode=" + mode + ", urls=" + urls() + ", database=" + database + "]";
    }
  }

  /**
   * How sentinels are asked.
   *
   * @param master what they call the master
   * @param username of their own users; null for the default user; never without a password
   * @param password null: they ask for none
   */
  public record Sentinel(String master, @Nullable String username, @Nullable String password) {
    /** Without user and password. */
    @Override
    public String toString() {
      return "Sentinel[master=" + master + "]";
    }
  }

  /** What the endpoints of Redis are. */
  public enum RedisMode {
    STANDALONE,
    SENTINEL,
    CLUSTER
  }

  /**
   * Where something listens.
   *
   * @param host a name or an IP literal, an IPv6 one without brackets
   * @param port 1 to 65,535
   */
  public record Endpoint(String host, int port) {
    /** {@code HOST:PORT}, with brackets around an IPv6 address. */
    @Override
    public String toString() {
      return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
    }
  }

  /**
   * The other gateways; {@code null} in {@link Settings} for a node that knows none.
   *
   * @param name that all of them have
   * @param secret that all of them know, at least 16 characters
   * @param host where the others reach this node; null for an address of this machine that fits the
   *     members, else the first that is not loopback
   * @param port of the cluster, 1 to 65,535
   * @param busPort of the event bus, 1 to 65,535
   * @param members where some of the others are; empty with a DNS name
   * @param dns a name whose addresses are the members'; null: see them
   * @param tls of the event bus; null for none
   */
  public record Cluster(
      String name,
      String secret,
      @Nullable String host,
      int port,
      int busPort,
      List<Endpoint> members,
      @Nullable String dns,
      @Nullable ClusterTls tls) {
    public Cluster {
      members = List.copyOf(members);
    }

    /** Without the secret. */
    @Override
    public String toString() {
      return "Cluster[name=" + name + ", host=" + host + ", port=" + port + "]";
    }
  }

  /**
   * Mutual TLS between nodes: each shows its certificate, which must be vouched for.
   *
   * @param cert a PEM file with the certificate chain
   * @param key a PEM file with the PKCS#8 private key
   * @param caFile a PEM file of the authorities that vouch for the others
   */
  public record ClusterTls(Path cert, Path key, Path caFile) {}

  /**
   * @param file where the rules are
   * @param given whether somebody named the file: then it must exist, else the built-in copy stands
   *     in for it
   */
  public record RulesSource(Path file, boolean given) {}

  /** How the operating system is asked about sockets. */
  public enum Transport {
    AUTO,
    IO_URING,
    EPOLL,
    NIO
  }

  /** How log lines look. */
  public enum LogFormat {
    TEXT,
    JSON
  }

  /** Whether, and how, each request is logged. */
  public enum AccessLog {
    OFF,
    TEXT,
    JSON
  }
}
