package io.apitwo.drill;

import io.apitwo.RedisServer;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * Gateways that know each other, as processes on free ports, with or without a Redis. Each keeps
 * its folder and its ports over restarts.
 */
final class Gathering implements AutoCloseable {
  private static final String TOKEN = "a-token-of-the-drills";
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Pattern APPLIED =
      Pattern.compile("rules applied revision=([0-9]+) sha256=([0-9a-f]{64})");

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Path folder;
  private final String rules;
  private final Map<String, String> environment = new HashMap<>();
  private final List<Integer> ports;
  private final Map<Integer, GatewayProcess> nodes = new TreeMap<>();

  /**
   * @param most how many nodes there will be
   * @param rules of every node's file
   */
  Gathering(Path folder, @Nullable RedisServer redis, int most, String rules) {
    this.folder = folder;
    this.rules = rules;
    this.ports = freePorts(2 * most);
    environment.put("APITWO_MANAGEMENT_TOKEN", TOKEN);
    environment.put("APITWO_PROXY_INSTANCES", "1");
    environment.put("APITWO_DRAIN_TIMEOUT", "1s");
    environment.put("APITWO_CLUSTER_ENABLED", "true");
    environment.put("APITWO_CLUSTER_SECRET", "a secret of the drills");
    environment.put("APITWO_CLUSTER_HOST", "127.0.0.1");
    List<String> members = new ArrayList<>();
    for (int i = 0; i < most; i++) {
      members.add("127.0.0.1:" + ports.get(2 * i));
    }
    environment.put("APITWO_CLUSTER_MEMBERS", String.join(",", members));
    if (redis != null) {
      environment.put("APITWO_STORE_TYPE", "redis");
      environment.put("APITWO_STORE_TIMEOUT", "2s");
      environment.put("APITWO_STORE_REDIS_URL", redis.url());
    }
  }

  private static List<Integer> freePorts(int count) {
    List<ServerSocket> sockets = new ArrayList<>();
    try {
      for (int i = 0; i < count; i++) {
        sockets.add(new ServerSocket(0));
      }
      List<Integer> ports = sockets.stream().map(ServerSocket::getLocalPort).toList();
      for (ServerSocket socket : sockets) {
        socket.close();
      }
      return ports;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Starts nodes, by number, at the same time, and waits until they know each other. */
  List<GatewayProcess> start(int... numbers) throws IOException {
    for (int number : numbers) {
      launch(number, Map.of(), List.of());
    }
    nodes.values().forEach(GatewayProcess::awaitReady);
    awaitMembers();
    return List.copyOf(nodes.values());
  }

  /**
   * Starts one and does not wait.
   *
   * @param before a command that runs it
   */
  GatewayProcess launch(int number, Map<String, String> variables, List<String> before)
      throws IOException {
    Map<String, String> all = new HashMap<>(environment);
    all.put("APITWO_CLUSTER_PORT", Integer.toString(ports.get(2 * number)));
    all.put("APITWO_CLUSTER_BUS_PORT", Integer.toString(ports.get(2 * number + 1)));
    all.putAll(variables);
    Path home = Files.createDirectories(folder.resolve("m" + number));
    GatewayProcess node = GatewayProcess.launch("m" + number, home, rules, all, before);
    nodes.put(number, node);
    return node;
  }

  /** The port of a node's cluster member. */
  int port(int number) {
    return ports.get(2 * number);
  }

  List<GatewayProcess> nodes() {
    return List.copyOf(nodes.values());
  }

  /** Takes a node that has ended off the list. */
  void forget(GatewayProcess node) {
    nodes.values().remove(node);
  }

  /** Waits until each node has heard all of them. */
  void awaitMembers() {
    Awaitility.await("all know each other")
        .atMost(PATIENCE)
        .until(() -> nodes.values().stream().allMatch(node -> heard(node) == nodes.size()));
  }

  private int heard(GatewayProcess node) {
    return get(node, "/admin/v1/nodes").getJsonArray("nodes").size();
  }

  JsonObject get(GatewayProcess node, String path) {
    return read(node, path).join();
  }

  CompletableFuture<JsonObject> read(GatewayProcess node, String path) {
    return send(node, path, HttpRequest.newBuilder().GET());
  }

  /** Pushes rules to a node; fails when they are not taken. */
  CompletableFuture<JsonObject> push(GatewayProcess node, String text) {
    return put(node, "/admin/v1/rules", text);
  }

  CompletableFuture<JsonObject> put(GatewayProcess node, String path, String text) {
    return send(
        node,
        path,
        HttpRequest.newBuilder()
            .header("Content-Type", "application/yaml")
            .PUT(HttpRequest.BodyPublishers.ofString(text)));
  }

  private CompletableFuture<JsonObject> send(
      GatewayProcess node, String path, HttpRequest.Builder request) {
    URI uri = URI.create("http://127.0.0.1:" + node.managementPort() + path);
    return client
        .sendAsync(
            request
                .uri(uri)
                .timeout(Duration.ofSeconds(60))
                .header("Authorization", "Bearer " + TOKEN)
                .build(),
            HttpResponse.BodyHandlers.ofString())
        .thenApply(
            response -> {
              if (response.statusCode() != 200) {
                throw new AssertionError(response.statusCode() + " " + response.body());
              }
              return new JsonObject(response.body());
            });
  }

  /** What a node says that it applied last: revision and hash. */
  static String applied(GatewayProcess node) {
    String last = "nothing";
    for (Matcher each = APPLIED.matcher(node.log()); each.find(); ) {
      last = each.group(1) + " " + each.group(2);
    }
    return last;
  }

  /** Waits until all nodes have applied the same, and says what. */
  String awaitOne() {
    Awaitility.await("all nodes run the same")
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(20))
        .until(() -> nodes.values().stream().map(Gathering::applied).distinct().count() == 1);
    return applied(nodes.values().iterator().next());
  }

  /** For those who look into a failure. */
  String logs() {
    StringBuilder logs = new StringBuilder();
    nodes.values().forEach(n -> logs.append(n.name()).append('\n').append(n.log()));
    return logs.toString();
  }

  @Override
  public void close() {
    nodes.values().forEach(GatewayProcess::close);
  }
}
