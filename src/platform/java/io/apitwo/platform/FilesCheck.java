package io.apitwo.platform;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Scripts, alerts and the dashboard: by the programs that read them. */
class FilesCheck {
  private static final Path ALERTS = Path.of("charts/apitwo/files/alerts.yaml");
  private static final Path DASHBOARD = Path.of("charts/apitwo/files/dashboard.json");

  private static List<String> scripts() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("."))) {
      return files
          .filter(file -> !file.toString().matches("\\./(target|\\.git|loadtest/.*/target)/.*"))
          .filter(Files::isRegularFile)
          .filter(FilesCheck::isScript)
          .map(Path::toString)
          .toList();
    }
  }

  private static boolean isScript(Path file) {
    try (var in = Files.newInputStream(file)) {
      String first = new String(in.readNBytes(40), java.nio.charset.StandardCharsets.ISO_8859_1);
      return first.matches("(?s)#!.*\\b(ba)?sh\\b.*");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void shellcheck_finds_nothing_in_any_script() throws Exception {
    List<String> arguments = new ArrayList<>(scripts());
    assertThat(arguments).anyMatch(file -> file.endsWith("k8s/generate"));
    Tool.onPath("shellcheck").run(arguments.toArray(String[]::new)).succeeded();
  }

  @Test
  void prometheus_takes_the_alerts_and_its_settings() throws Exception {
    Tool promtool = Tool.onPath("promtool");
    promtool.run("check", "rules", ALERTS.toString()).succeeded();
    promtool.run("test", "rules", "src/platform/alerts-test.yaml").succeeded();
    promtool
        .run("check", "config", "--syntax-only", "compose/prometheus/prometheus.yaml")
        .succeeded();
  }

  @Test
  void every_alert_has_its_place_in_the_handbook() throws IOException {
    String handbook = Files.readString(Path.of("docs/operations.md"));
    Matcher alert = Pattern.compile("alert: (\\w+)").matcher(Files.readString(ALERTS));
    int alerts = 0;
    while (alert.find()) {
      alerts++;
      assertThat(handbook).contains("### " + alert.group(1));
    }
    assertThat(alerts).isGreaterThan(5);
  }

  @Test
  void the_dashboard_shows_series_that_the_readme_lists() throws IOException {
    String readme = Files.readString(Path.of("README.md"));
    JsonObject dashboard = new JsonObject(Files.readString(DASHBOARD));
    assertThat(dashboard.getJsonArray("panels")).hasSizeGreaterThan(8);
    Matcher series = Pattern.compile("apitwo_[a-z_]+").matcher(dashboard.encode());
    while (series.find()) {
      assertThat(readme).contains(series.group().replaceFirst("_bucket$", ""));
    }
  }
}
