package apitwo.load;

import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** One node of a lab's cluster, which may be started and ended again and again. */
final class Gateway {
  private static final String TOKEN = "only-for-this-load-test";
  private static final int WARM_UP = 1000;
  final String name;
  private final Path folder;
  private final int proxy = Loopback.freePort();
  private final int management = Loopback.freePort();
  private final int member = Loopback.freePort();
  private final int bus = Loopback.freePort();
  private Child process;

  Gateway(String name, Path folder) {
    this.name = name;
    this.folder = folder;
  }

  /** Starts the process; {@link #awaitReady} says when it serves. */
  void launch(Map<String, String> settings) {
    var environment = new HashMap<>(settings);
    environment.put("APITWO_PROXY_PORT", "" + proxy);
    environment.put("APITWO_MANAGEMENT_PORT", "" + management);
    environment.put("APITWO_MANAGEMENT_TOKEN", TOKEN);
    environment.put("APITWO_CLUSTER_PORT", "" + member);
    environment.put("APITWO_CLUSTER_BUS_PORT", "" + bus);
    environment.put("APITWO_DATA_DIR", folder.resolve(name + ".data").toString());
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var rules = Path.of("src", "test", "resources", "rules.yaml").toAbsolutePath().toString();
    var jar = System.getProperty("jar");
    process =
        Child.start(
            name, folder, environment, List.of(java, "-Xmx256m", "-jar", jar, "--rules", rules));
  }

  void awaitReady() {
    process.await("is ready", () -> Loopback.get(management, "/health/ready").isPresent());
  }

  /** So that what is measured is not the compiler. */
  void warm() {
    var request = Loopback.request(proxy, "/steady").header("X-Client", "warm-up").build();
    for (int i = 0; i < WARM_UP; i++) {
      Loopback.ask(request);
    }
  }

  /** As an orchestrator does it: the node may finish what is under way. */
  void stop() {
    process.stop();
  }

  void kill() {
    process.kill();
  }

  /** Whether the node's store answers. */
  boolean counts() {
    return Loopback.get(management, "/metrics").orElse("").contains("\napitwo_store_up 1");
  }

  /** The answer to a push. */
  HttpResponse<String> push(String rules) {
    var request =
        Loopback.request(management, "/admin/v1/rules")
            .header("Authorization", "Bearer " + TOKEN)
            .header("Content-Type", "application/yaml")
            .PUT(BodyPublishers.ofString(rules))
            .build();
    return Loopback.ask(request).orElseThrow();
  }

  /** The rules in force. */
  String rules() {
    var request =
        Loopback.request(management, "/admin/v1/rules")
            .header("Authorization", "Bearer " + TOKEN)
            .build();
    return Loopback.ask(request).orElseThrow().body();
  }

  String url() {
    return "http://" + Loopback.ADDRESS + ":" + proxy;
  }

  int port() {
    return proxy;
  }

  int management() {
    return management;
  }

  String asMember() {
    return Loopback.ADDRESS + ":" + member;
  }
}
