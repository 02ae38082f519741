package apitwo.load;

import static io.gatling.javaapi.core.CoreDsl.exec;

import io.gatling.javaapi.core.ChainBuilder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/**
 * What a simulation runs against: Redis, an upstream that logs what reaches it, and gateways that
 * form a cluster; all on loopback, on free ports, for one simulation. With {@code -Dtarget} nothing
 * is started and the load goes there.
 */
final class Lab {
  private record Ports(int proxy, int management, int member, int bus) {
    static Ports free() {
      return new Ports(Child.freePort(), Child.freePort(), Child.freePort(), Child.freePort());
    }

    String url() {
      return "http://127.0.0.1:" + proxy;
    }
  }

  private final String target = System.getProperty("target");
  private final Path folder;
  private final List<Ports> ports;
  private final Child[] gateways;
  private final int redisPort = Child.freePort();
  private final Ports upstreamPorts = Ports.free();
  private Child redis;
  private Child upstream;

  private Lab(String name, int nodes) {
    folder = Path.of("target", "lab", name).toAbsolutePath();
    ports = IntStream.range(0, nodes).mapToObj(i -> Ports.free()).toList();
    gateways = new Child[nodes];
    if (target == null) {
      Runtime.getRuntime().addShutdownHook(new Thread(this::stop));
      startRedis();
      startUpstream();
      IntStream.range(0, nodes).forEach(this::launch);
      IntStream.range(0, nodes).forEach(this::awaitReady);
      ports.forEach(node -> Child.warm(node.url() + "/steady"));
    }
  }

  static Lab of(String name, int nodes) {
    return new Lab(name, nodes);
  }

  /** Where the load goes, in turn. */
  String[] urls() {
    return target != null
        ? target.split(",")
        : ports.stream().map(Ports::url).toArray(String[]::new);
  }

  /** A step of a scenario that does something to the lab, off Gatling's own threads. */
  static ChainBuilder act(String simulation, Runnable what) {
    return exec(
        session -> {
          CompletableFuture.runAsync(what)
              .exceptionally(
                  failure -> {
                    claim(simulation, "the lab did as told: " + failure, false);
                    return null;
                  });
          return session;
        });
  }

  void startRedis() {
    needsOwn();
    var server = System.getProperty("redis", "redis-server");
    redis =
        Child.start(
            "redis",
            folder,
            Map.of(),
            List.of(
                server,
                "--port",
                "" + redisPort,
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no"));
    redis.awaitPort(redisPort);
  }

  void killRedis() {
    needsOwn();
    redis.kill();
  }

  void startGateway(int node) {
    needsOwn();
    launch(node);
    awaitReady(node);
  }

  /** As an orchestrator does it: the gateway may finish what is under way. */
  void stopGateway(int node) {
    needsOwn();
    gateways[node].stop();
  }

  void killGateway(int node) {
    needsOwn();
    gateways[node].kill();
  }

  /** How many requests for a path the upstream has logged. */
  long served(String path) {
    needsOwn();
    try (var lines = Files.lines(folder.resolve("upstream.out"))) {
      return lines.filter(line -> line.contains(" " + path + " ")).count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  void stop() {
    Arrays.stream(gateways).filter(Objects::nonNull).parallel().forEach(Child::stop);
    if (upstream != null) {
      upstream.stop();
    }
    if (redis != null) {
      redis.stop();
    }
  }

  /** A fact for the summary, beside what Gatling measures; a wrong one fails the run. */
  static void claim(String simulation, String what, boolean holds) {
    try {
      Files.writeString(
          Path.of("target", "claims"),
          simulation + "\t" + (holds ? "ok" : "FAILED") + "\t" + what + "\n",
          StandardOpenOption.CREATE,
          StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void needsOwn() {
    if (target != null) {
      throw new IllegalStateException("this needs a lab of its own: leave out -Dtarget");
    }
  }

  private void startUpstream() {
    upstream =
        gateway(
            "upstream",
            "upstream.yaml",
            upstreamPorts,
            Map.of("APITWO_ACCESS_LOG", "text", "APITWO_STORE_TYPE", "embedded"));
    upstream.awaitReady(upstreamPorts.management());
  }

  private void launch(int node) {
    var own = ports.get(node);
    var members = ports.stream().map(p -> "127.0.0.1:" + p.member()).toList();
    gateways[node] =
        gateway(
            "node-" + (node + 1),
            "rules.yaml",
            own,
            Map.of(
                "UPSTREAM",
                upstreamPorts.url(),
                "APITWO_STORE_TYPE",
                "redis",
                "APITWO_STORE_REDIS_URL",
                "redis://127.0.0.1:" + redisPort,
                "APITWO_CLUSTER_ENABLED",
                "true",
                "APITWO_CLUSTER_SECRET",
                "only for this load test",
                "APITWO_CLUSTER_HOST",
                "127.0.0.1",
                "APITWO_CLUSTER_PORT",
                "" + own.member(),
                "APITWO_CLUSTER_BUS_PORT",
                "" + own.bus(),
                "APITWO_CLUSTER_MEMBERS",
                String.join(",", members),
                "APITWO_MANAGEMENT_TOKEN",
                "only-for-this-load-test"));
  }

  private void awaitReady(int node) {
    gateways[node].awaitReady(ports.get(node).management());
  }

  private Child gateway(String name, String rules, Ports own, Map<String, String> settings) {
    var environment = new HashMap<>(settings);
    environment.put("APITWO_STORE_TIMEOUT", "1s"); // two cores carry it all: late is not gone
    environment.put("APITWO_PROXY_PORT", "" + own.proxy());
    environment.put("APITWO_MANAGEMENT_PORT", "" + own.management());
    environment.put("APITWO_DATA_DIR", folder.resolve(name + ".data").toString());
    var file = Path.of("src", "test", "resources", rules).toAbsolutePath();
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var jar = System.getProperty("jar");
    return Child.start(
        name, folder, environment, List.of(java, "-jar", jar, "--rules", file.toString()));
  }
}
