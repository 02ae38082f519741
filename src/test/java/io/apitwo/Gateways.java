package io.apitwo;

import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Gateways that count together: one by itself, or two on one Redis. Requests go to them in turn.
 */
final class Gateways implements AutoCloseable {
  /** Where they count. */
  enum Counted {
    EMBEDDED,
    PACKED,
    PLAIN,
    CLUSTER
  }

  final List<RunningGateway> all = new ArrayList<>();
  private final List<AutoCloseable> servers = new ArrayList<>();
  private int asked;

  private Gateways() {}

  /**
   * @param settings as environment variables without their prefix: name, value, …
   */
  static Gateways start(Path folder, Counted counted, String rules, String... settings)
      throws Exception {
    Gateways gateways = new Gateways();
    try {
      List<String> everywhere = new ArrayList<>(List.of(settings));
      everywhere.addAll(List.of("STORE_TIMEOUT", "5s")); // a busy machine is not what is tested
      everywhere.addAll(gateways.store(counted));
      for (int i = 0; i < (counted == Counted.EMBEDDED ? 1 : 2); i++) {
        Path own = Files.createDirectories(folder.resolve("node-" + i));
        gateways.all.add(RunningGateway.start(own, rules, everywhere.toArray(String[]::new)));
      }
      return gateways;
    } catch (Exception failed) {
      gateways.close();
      throw failed;
    }
  }

  private List<String> store(Counted counted) throws Exception {
    switch (counted) {
      case EMBEDDED -> {
        return List.of();
      }
      case CLUSTER -> {
        RedisClusterServers cluster = RedisClusterServers.start();
        servers.add(cluster);
        String endpoint = "127.0.0.1:" + cluster.ports().get(0);
        return List.of(
            "STORE_TYPE",
            "redis",
            "STORE_REDIS_MODE",
            "cluster",
            "STORE_REDIS_ENDPOINTS",
            endpoint);
      }
      default -> {
        RedisServer redis = RedisServer.start();
        servers.add(redis);
        String layout = counted == Counted.PLAIN ? "plain" : "packed";
        return List.of(
            "STORE_TYPE", "redis", "STORE_REDIS_URL", redis.url(), "STORE_LAYOUT", layout);
      }
    }
  }

  /** Whose turn it is. */
  RunningGateway next() {
    return all.get(asked++ % all.size());
  }

  HttpResponse<String> get(String path, String... headers) throws Exception {
    return next().get(path, headers);
  }

  int status(String path, String... headers) throws Exception {
    return get(path, headers).statusCode();
  }

  /** What one policy of a response has left; -1 where it is not said. */
  static long left(HttpResponse<String> response, String policy) {
    String items = response.headers().firstValue("RateLimit").orElse("");
    for (String item : items.split(", ")) {
      if (item.startsWith('"' + policy + "\";r=")) {
        return Long.parseLong(item.replaceFirst("^[^=]*=([0-9]+).*$", "$1"));
      }
    }
    return -1;
  }

  @Override
  public void close() {
    all.forEach(RunningGateway::close);
    for (AutoCloseable server : servers) {
      try {
        server.close();
      } catch (Exception e) {
        throw new AssertionError(e);
      }
    }
  }
}
