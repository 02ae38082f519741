package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.telemetry.Exposition;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a Prometheus server gets from a node. */
class MetricsTest {
  private static final String RULES = LimitingTest.echo("by: [address], windows: { day: 1 }");

  @TempDir Path folder;

  private static Exposition scrape(RunningGateway gateway) throws Exception {
    HttpResponse<String> response = gateway.manage("/metrics");
    assertThat(response.statusCode()).isEqualTo(200);
    return Exposition.parse(response.body());
  }

  @Test
  void metrics_are_open_and_in_the_text_format() throws Exception {
    try (RunningGateway gateway = RunningGateway.start(folder, RULES)) {
      assertThat(gateway.manage("/metrics").headers().firstValue("Content-Type"))
          .hasValue("text/plain; version=0.0.4; charset=utf-8");
      assertThat(scrape(gateway).series())
          .contains(
              "apitwo_decisions_total{limit=\"default\",source=\"batch\",verdict=\"refused\"}",
              "apitwo_rules_revision",
              "apitwo_leased_quota",
              "apitwo_stranded_quota_total",
              "apitwo_entries{table=\"counters\"}",
              "apitwo_entries_most{table=\"known\"}",
              "process_cpu_usage",
              "process_files_open_files",
              "jvm_threads_live_threads",
              "netty_eventexecutor_tasks_pending{name=\"vert.x-eventloop-thread-0\"}");
      assertThat(scrape(gateway).type("jvm_memory_used_bytes")).isEqualTo("gauge");
    }
  }

  @Test
  void metrics_are_not_for_those_who_reach_the_proxy_alone() throws Exception {
    try (RunningGateway gateway = RunningGateway.start(folder, RULES)) {
      assertThat(gateway.get("/metrics").body()).isEqualTo("{\"origin\":\"127.0.0.1\"}");
    }
  }

  @Test
  void the_revision_and_the_limits_are_those_in_force() throws Exception {
    try (RunningGateway gateway = RunningGateway.start(folder, RULES)) {
      assertThat(scrape(gateway).value("apitwo_rules_revision")).isEqualTo(1);
      Files.writeString(gateway.rules, RULES.replace("default", "renamed"));
      gateway.gateway.reload();
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .untilAsserted(
              () -> assertThat(scrape(gateway).value("apitwo_rules_revision")).isEqualTo(2));
      assertThat(scrape(gateway).series())
          .contains(
              "apitwo_decisions_total{limit=\"default\",source=\"batch\",verdict=\"allowed\"}",
              "apitwo_decisions_total{limit=\"renamed\",source=\"batch\",verdict=\"allowed\"}");
    }
  }

  @Test
  void decisions_are_counted_by_limit_verdict_and_source() throws Exception {
    try (RunningGateway gateway = RunningGateway.start(folder, RULES)) {
      int asked = 0;
      int passed = 0;
      while (asked < 8) {
        asked++;
        passed += gateway.get("/").statusCode() == 200 ? 1 : 0;
      }
      Exposition exposition = scrape(gateway);
      assertThat(sum(exposition, "verdict=\"allowed\"")).isEqualTo(passed);
      assertThat(sum(exposition, "verdict=\"refused\"")).isEqualTo(asked - passed);
      assertThat(sum(exposition, "limit=\"default\"")).isEqualTo(asked);
      assertThat(sum(exposition, "source=\"degraded\"")).isZero();
    }
  }

  private static double sum(Exposition exposition, String label) {
    return exposition.series().stream()
        .filter(series -> series.startsWith("apitwo_decisions_total{") && series.contains(label))
        .mapToDouble(exposition::value)
        .sum();
  }

  @Test
  void two_nodes_in_one_process_have_meters_of_their_own() throws Exception {
    Path other = Files.createDirectory(folder.resolve("other"));
    String renamed = RULES.replace("default", "renamed");
    try (RunningGateway one = RunningGateway.start(folder, RULES);
        RunningGateway two = RunningGateway.start(other, renamed)) {
      String series = "apitwo_decisions_total{limit=\"%s\",source=\"batch\",verdict=\"allowed\"}";
      assertThat(scrape(one).series())
          .contains(series.formatted("default"), "jvm_threads_live_threads")
          .doesNotContain(series.formatted("renamed"));
      assertThat(scrape(two).series())
          .contains(series.formatted("renamed"), "jvm_threads_live_threads")
          .doesNotContain(series.formatted("default"));
    }
  }

  @Test
  void requests_make_no_series() throws Exception {
    try (RunningGateway gateway = RunningGateway.start(folder, RULES)) {
      long before = ofRequests(scrape(gateway));
      for (int i = 0; i < 50; i++) {
        gateway.get("/" + i + "?q=" + i, "X-Account", "account-" + i);
      }
      assertThat(ofRequests(scrape(gateway))).isEqualTo(before);
    }
  }

  /** Those of the JVM's own doing, such as a garbage collection of a new kind, left out. */
  private static long ofRequests(Exposition exposition) {
    return exposition.series().stream().filter(series -> !series.startsWith("jvm_")).count();
  }
}
