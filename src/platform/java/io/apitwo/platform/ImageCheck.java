package io.apitwo.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** The container image: by reading its Dockerfile, and by running it where an engine is. */
class ImageCheck {
  private static final long MOST_BYTES = 250L << 20;

  private static List<String> instructions() throws Exception {
    String joined = Files.readString(Path.of("Dockerfile")).replaceAll("\\\\\n\\s*", " ");
    return joined.lines().filter(line -> !line.isBlank() && !line.startsWith("#")).toList();
  }

  private static List<String> of(String instruction) throws Exception {
    return instructions().stream().filter(line -> line.startsWith(instruction + " ")).toList();
  }

  @Test
  void the_dockerfile_keeps_the_rules_of_the_trade() throws Exception {
    for (String from : of("FROM")) {
      assertThat(from).matches("FROM \\S+:\\S+( AS \\w+)?").doesNotContain(":latest");
    }
    List<String> all = instructions();
    String lastUser = of("USER").get(of("USER").size() - 1);
    assertThat(lastUser).matches("USER [1-9][0-9]*:[1-9][0-9]*");
    assertThat(all.indexOf(lastUser))
        .isGreaterThan(all.lastIndexOf(of("RUN").get(of("RUN").size() - 1)));
    assertThat(of("ENTRYPOINT")).hasSize(1).allMatch(line -> line.startsWith("ENTRYPOINT ["));
    assertThat(of("CMD")).allMatch(line -> line.startsWith("CMD ["));
    assertThat(of("HEALTHCHECK")).hasSize(1);
    assertThat(of("ADD")).isEmpty();
    assertThat(Files.readString(Path.of("Dockerfile"))).doesNotContain("sudo", "curl ", "wget ");
  }

  private static Tool engine() throws Exception {
    Tool docker = Tool.onPath("docker");
    Assumptions.assumeTrue(
        docker.run("info").exit() == 0, "no Docker engine: the image is not built");
    List<String> missing = new ArrayList<>();
    for (String from : of("FROM")) {
      String base = from.split(" ")[1];
      if (docker.run("image", "inspect", base).exit() != 0
          && docker.run("pull", "-q", base).exit() != 0) {
        missing.add(base);
      }
    }
    Assumptions.assumeTrue(missing.isEmpty(), "no base images " + missing);
    return docker;
  }

  @Test
  void it_is_small_and_serves_as_nobody_on_a_root_that_cannot_be_written() throws Exception {
    Tool docker = engine();
    docker.run("build", "-q", "--network", "host", "-t", "apitwo:check", ".").succeeded();
    JsonObject image =
        new JsonArray(docker.run("image", "inspect", "apitwo:check").succeeded()).getJsonObject(0);
    assertThat(image.getLong("Size")).isLessThan(MOST_BYTES);
    String id =
        docker
            .run(
                "run",
                "-d",
                "--read-only",
                "--tmpfs",
                "/tmp",
                "--cap-drop",
                "ALL",
                "--security-opt",
                "no-new-privileges",
                "-p",
                "127.0.0.1::8080",
                "apitwo:check")
            .succeeded()
            .strip()
            .lines()
            .reduce((first, last) -> last)
            .orElseThrow();
    try {
      String address =
          docker.run("port", id, "8080/tcp").succeeded().lines().findFirst().orElseThrow();
      HttpClient http = HttpClient.newHttpClient();
      HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + address + "/")).build();
      Awaitility.await()
          .atMost(Duration.ofSeconds(60))
          .ignoreExceptions()
          .until(
              () ->
                  http.send(request, HttpResponse.BodyHandlers.ofString())
                      .body()
                      .contains("origin"));
      assertThat(docker.run("exec", id, "/bin/sh", "-c", "id -u").succeeded().strip())
          .isEqualTo("10001");
      assertThat(docker.run("logs", id).out())
          .contains("apitwo ready")
          .doesNotContain("warning", "WARN");
      docker
          .run("exec", id, "/opt/java/bin/java", "-jar", "/opt/apitwo/apitwo.jar", "health")
          .succeeded();
      docker.run("stop", id).succeeded();
      JsonObject ended = new JsonArray(docker.run("inspect", id).succeeded()).getJsonObject(0);
      assertThat(ended.getJsonObject("State").getInteger("ExitCode")).isEqualTo(143);
    } finally {
      docker.run("rm", "-f", "-v", id);
    }
  }
}
