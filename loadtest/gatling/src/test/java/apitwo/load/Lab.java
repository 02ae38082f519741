package apitwo.load;

import static io.gatling.javaapi.core.CoreDsl.exec;

import io.gatling.javaapi.core.ChainBuilder;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What simulations run against: Redis, gateways that form a cluster, where there is HAProxy a
 * balancer before them, and {@link Upstream} behind them; all on loopback, on free ports. With
 * {@code -Dtarget} nothing is started and the load goes there.
 */
final class Lab {
  private static final String TARGET = System.getProperty("target");
  private static Lab shared;
  private final Path folder;
  private final Redis redis;
  private final List<Gateway> gateways;
  private final Balancer balancer = Balancer.isWanted() ? new Balancer() : null;
  private final List<String> urls = new CopyOnWriteArrayList<>();
  private final AtomicInteger turn = new AtomicInteger();
  private final ExecutorService operator = Executors.newSingleThreadExecutor(Lab::daemon);
  private final ConcurrentLinkedQueue<CompletableFuture<Void>> acts = new ConcurrentLinkedQueue<>();

  private Lab(String name, int places, int nodes) {
    folder = Path.of("target", "lab", name).toAbsolutePath();
    redis = new Redis(folder);
    gateways =
        IntStream.rangeClosed(1, places)
            .mapToObj(i -> new Gateway("node-" + i, folder))
            .collect(Collectors.toList());
    redis.start();
    gateways.subList(0, nodes).forEach(this::launch);
    gateways.subList(0, nodes).stream().parallel().forEach(Gateway::awaitReady);
    gateways.subList(0, nodes).stream().parallel().forEach(Gateway::warm);
    if (balancer != null) {
      balancer.start(folder, gateways);
    }
    gateways.subList(0, nodes).forEach(this::join);
  }

  private Lab(String target) {
    folder = null;
    redis = null;
    gateways = List.of();
    urls.addAll(List.of(target.split(",")));
  }

  /** Three nodes for the whole run, which are left as they were found. */
  static synchronized Lab shared() {
    if (shared == null) {
      shared = TARGET == null ? new Lab("shared", 3, 3) : new Lab(TARGET);
    }
    return shared;
  }

  /** Of one simulation, which ends it. Some of its places may be empty at first. */
  static Lab own(String name, int places, int nodes) {
    if (TARGET != null) {
      throw new IllegalStateException("this needs a lab of its own: leave out -Dtarget");
    }
    return new Lab(name, places, nodes);
  }

  /** Where the next request goes: to the balancer, else to the nodes in turn. */
  String url(String path) {
    var open = List.copyOf(urls);
    return open.get(Math.floorMod(turn.getAndIncrement(), open.size())) + path;
  }

  Redis redis() {
    needsOwn();
    return redis;
  }

  Gateway gateway(int node) {
    needsOwn();
    return gateways.get(node);
  }

  List<Gateway> gateways() {
    needsOwn();
    return gateways;
  }

  /** Starts a node, and returns when requests are sent to it. */
  void start(Gateway node) {
    launch(node);
    node.awaitReady();
    join(node);
  }

  /** Lets a node end by SIGTERM. Without a balancer nobody asks it any more before that. */
  void stop(Gateway node) {
    urls.remove(node.url());
    node.stop();
  }

  /** A step of a scenario that does something to the lab, one after another, beside the load. */
  ChainBuilder act(Runnable what) {
    return exec(
        session -> {
          acts.add(CompletableFuture.runAsync(what, operator));
          return session;
        });
  }

  /** Returns when each node has found out that Redis is gone. */
  void awaitNoStore() {
    Await.until("no node counts in Redis", () -> gateways.stream().noneMatch(Gateway::counts));
  }

  /** Returns when all that was to be done is done and the lab is as it was found. */
  void settle(Object simulation) {
    try {
      acts.forEach(CompletableFuture::join);
      Await.until("all nodes count in Redis", () -> gateways.stream().allMatch(Gateway::counts));
    } catch (RuntimeException e) {
      Claims.claim(simulation, "the lab did as told: " + e.getMessage(), false);
    }
    acts.clear();
  }

  /** What is under way is of no interest any more. */
  void end() {
    if (balancer != null) {
      balancer.kill();
    }
    gateways.stream().parallel().forEach(Gateway::kill);
    redis.kill();
  }

  private void join(Gateway node) {
    if (balancer == null) {
      urls.add(node.url());
    } else {
      balancer.awaitUp(node);
      if (urls.isEmpty()) {
        urls.add(balancer.url());
      }
    }
  }

  private void launch(Gateway node) {
    var members = gateways.stream().map(Gateway::asMember).collect(Collectors.joining(","));
    node.launch(
        Map.ofEntries(
            Map.entry("UPSTREAM", Upstream.url()),
            Map.entry("TOKEN_SECRET", Tokens.file(folder).toString()),
            Map.entry("APITWO_TEST_WINDOWS", "true"),
            Map.entry("APITWO_STORE_TYPE", "redis"),
            Map.entry("APITWO_STORE_REDIS_URL", redis.url()),
            Map.entry("APITWO_STORE_TIMEOUT", "1s"), // two cores carry it all: late is not gone
            Map.entry("APITWO_DRAIN_DELAY", "2s"),
            Map.entry("APITWO_CLUSTER_ENABLED", "true"),
            Map.entry("APITWO_CLUSTER_SECRET", "only for this load test"),
            Map.entry("APITWO_CLUSTER_HOST", Loopback.ADDRESS),
            Map.entry("APITWO_CLUSTER_MEMBERS", members)));
  }

  private static Thread daemon(Runnable task) {
    var thread = new Thread(task, "operator");
    thread.setDaemon(true);
    return thread;
  }

  private void needsOwn() {
    if (TARGET != null) {
      throw new IllegalStateException("this needs the lab: leave out -Dtarget");
    }
  }
}
