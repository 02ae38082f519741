package io.apitwo.drill;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.RedisServer;
import io.apitwo.drill.DrillRules.DrillLimit;
import io.apitwo.drill.Load.Target;
import io.apitwo.limit.Window;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/**
 * Gateways as processes, one Redis or several, one counting upstream and the load: the stage of a
 * drill. Every drill takes clients of its own, so that one stage can serve several.
 */
final class Cluster implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Event loops of each gateway, whatever the machine has. */
  static final int LOOPS = 2;

  /** Of the user of {@link #withLogin}. */
  static final String PASSWORD = "a password of the drills";

  private static final String USER = "gateways";
  private static final int WARMING = 300; // requests to a node that has just started
  static final DrillLimit WARM = DrillLimit.of("warm", "strict", Map.of(Window.HOUR, 1_000_000L));

  /** The only server, or the first. */
  final RedisServer redis;

  final CountingUpstream upstream;
  final Load load;
  final Ledger ledger;
  private final Path folder;
  private final List<DrillLimit> limits;
  private final Map<String, String> environment = new HashMap<>();
  private final List<GatewayProcess> started = new ArrayList<>();
  private final boolean plain;
  private final boolean alone;
  private int clients;

  /**
   * @param folder an empty one
   * @param layout {@code packed} or {@code plain}
   */
  Cluster(Path folder, String layout, DrillLimit... limits) throws Exception {
    this(folder, layout, null, limits);
    throughPort(redis.port());
  }

  /**
   * One on servers of somebody else, with packed counters; gateways have to be told of them by
   * {@link #with}.
   *
   * @param folder an empty one
   * @param servers who has counters now, each its own
   */
  static Cluster on(Path folder, Supplier<List<RedisServer>> servers, DrillLimit... limits)
      throws Exception {
    return new Cluster(folder, "packed", servers, limits);
  }

  private Cluster(
      Path folder,
      String layout,
      @Nullable Supplier<List<RedisServer>> servers,
      DrillLimit... limits)
      throws Exception {
    this.folder = folder;
    this.plain = layout.equals("plain");
    this.alone = servers == null;
    this.limits = Stream.concat(Stream.of(WARM), Stream.of(limits)).toList();
    this.redis = servers == null ? RedisServer.start() : servers.get().get(0);
    this.upstream = new CountingUpstream();
    this.load = new Load();
    this.ledger = servers == null ? new Ledger(redis) : new Ledger(servers);
    with("APITWO_STORE_TYPE", "redis");
    with("APITWO_STORE_LAYOUT", layout);
    with("APITWO_STORE_TIMEOUT", "5s"); // where nothing fails, a busy machine is no failure
    with("APITWO_DRAIN_TIMEOUT", "10s");
    with("APITWO_PROXY_INSTANCES", Integer.toString(LOOPS));
    with("APITWO_TEST_WINDOWS", "true");
  }

  /** A variable of all gateways that are started later. */
  Cluster with(String variable, String value) {
    environment.put(variable, value);
    return this;
  }

  /** Gateways that are started later have to log in to Redis. */
  Cluster withLogin() {
    setPassword(PASSWORD);
    return with("APITWO_STORE_REDIS_USERNAME", USER).with("APITWO_STORE_REDIS_PASSWORD", PASSWORD);
  }

  /** Changes the password of the gateways' user, and ends their connections. */
  void setPassword(String password) {
    redis.command("ACL", "SETUSER", USER, "on", "allkeys", "+@all", "resetpass", ">" + password);
    redis.command("CLIENT", "KILL", "USER", USER);
  }

  /** Where gateways that are started later find Redis. */
  Cluster throughPort(int port) {
    return with("APITWO_STORE_REDIS_URL", "redis://127.0.0.1:" + port);
  }

  /** Makes it so many running gateways, warm ones: ends the last, or starts more. */
  List<GatewayProcess> nodes(int count) throws IOException {
    started.removeIf(node -> !node.isAlive());
    while (started.size() > count) {
      started.remove(started.size() - 1).terminate();
    }
    List<GatewayProcess> fresh = new ArrayList<>();
    while (started.size() < count) {
      fresh.add(launch(Map.of()));
    }
    fresh.forEach(this::warm);
    return List.copyOf(started);
  }

  /** Starts a gateway in the place of one that is dead, on its port, and warms it up. */
  GatewayProcess relaunch(GatewayProcess dead) throws IOException {
    started.remove(dead);
    GatewayProcess node = launch(Map.of("APITWO_PROXY_PORT", Integer.toString(dead.port())));
    warm(node);
    return node;
  }

  /** Starts one more gateway, with variables of its own, and does not wait for it. */
  GatewayProcess launch(Map<String, String> variables) throws IOException {
    Map<String, String> all = new HashMap<>(environment);
    all.putAll(variables);
    String name = "n" + folder.toFile().list().length;
    Path home = Files.createDirectory(folder.resolve(name));
    GatewayProcess node =
        GatewayProcess.launch(name, home, new DrillRules(upstream.port(), limits).yaml(), all);
    started.add(node);
    return node;
  }

  void warm(GatewayProcess node) {
    node.awaitReady();
    Awaitility.await(node.name() + " passes requests")
        .atMost(PATIENCE)
        .until(() -> load.burst(target(WARM, List.of(node)), 1).passed() == 1);
    load.burst(target(WARM, List.of(node)), WARMING);
  }

  private static Target target(DrillLimit limit, List<GatewayProcess> nodes) {
    return new Target(nodes, limit.path(), "warm");
  }

  /** A client that nobody has been before. */
  synchronized String client() {
    return "c" + ++clients;
  }

  /** Other limits on every node, in force when this returns. */
  void saveLimits(List<GatewayProcess> nodes, DrillLimit... changed) throws IOException {
    String text = new DrillRules(upstream.port(), List.of(changed)).yaml();
    Map<GatewayProcess, Integer> reloads = new HashMap<>();
    nodes.forEach(node -> reloads.put(node, node.reloads()));
    for (GatewayProcess node : nodes) {
      int before = reloads.get(node);
      node.saveRules(text);
      Awaitility.await(node.name() + " has the new rules")
          .atMost(PATIENCE)
          .until(() -> node.reloads() > before);
    }
  }

  /**
   * Waits until Redis holds exactly what arrived, for every window of a limit that it still knows:
   * then nothing is on lease any more. Plain counters are not given anything back, so they may hold
   * more: what was granted so late that its window was over.
   */
  void awaitSettled(DrillLimit limit, String client) {
    Awaitility.await("Redis counts what arrived for " + client)
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(50))
        .untilAsserted(
            () -> ledger.counts(limit.name(), client).forEach(c -> settled(limit, client, c)));
  }

  private void settled(DrillLimit limit, String client, Ledger.Count count) {
    Window window = count.window();
    long arrived = upstream.arrivals(client, limit.name(), window).getOrDefault(count.number(), 0);
    boolean open = window.endMillis(count.number()) > System.currentTimeMillis();
    boolean plainly = plain && limit.shortest() != limit.quotas().lastKey();
    assertThat(open ? count.used() : arrived)
        .as("%s of %s in %s %d", limit.name(), client, window, count.number())
        .isBetween(arrived, plainly ? Long.MAX_VALUE : arrived);
  }

  /** The logs of all gateways so far, for those who look into a failure. */
  String logs() {
    StringBuilder logs = new StringBuilder();
    started.forEach(node -> logs.append(node.name()).append('\n').append(node.log()));
    return logs.toString();
  }

  @Override
  public void close() {
    started.forEach(GatewayProcess::close);
    load.close();
    upstream.close();
    if (alone) {
      redis.close();
    }
  }
}
