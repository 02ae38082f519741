package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Limits as a client meets them. */
class LimitingTest {
  @TempDir Path folder;

  static String echo(String limit) {
    return """
        upstreams: { echo: { builtin: echo } }
        routes: [{ id: all, upstream: echo, limits: [default] }]
        limits: { default: { %s } }
        """
        .formatted(limit);
  }

  @Test
  void the_shipped_rules_give_the_demo() throws Exception {
    String shipped = Files.readString(Path.of("conf/rules.yaml"));
    try (RunningGateway gateway = RunningGateway.start(folder, shipped)) {
      int before = 0;
      HttpResponse<String> response = gateway.get("/");
      while (response.statusCode() == 200) {
        assertThat(response.body()).isEqualTo("{\"origin\":\"127.0.0.1\"}");
        before++;
        response = gateway.get("/");
      }
      assertThat(before).isBetween(5, 10); // 5, or more across the end of a minute
      assertThat(response.statusCode()).isEqualTo(429);
      assertThat(response.body())
          .isEqualTo("{\"msg\":\"Request too frequent (minute)\",\"code\":429}");
    }
  }

  @ParameterizedTest
  @CsvSource({"hour", "day", "month"})
  void a_refusal_names_its_window(String window) throws Exception {
    String rules =
        """
        upstreams: { echo: { builtin: echo } }
        routes: [{ id: all, upstream: echo, limits: [wide, default] }]
        limits:
          default: { by: [address], windows: { %s: 2 } }
          wide: { by: [address], windows: { minute: 1000 } }
        """;
    try (RunningGateway gateway = RunningGateway.start(folder, rules.formatted(window))) {
      int before = 0;
      HttpResponse<String> response = gateway.get("/");
      for (; response.statusCode() == 200; response = gateway.get("/")) {
        before++;
      }
      assertThat(before).isBetween(2, 4); // 2, or more across the end of a window
      assertThat(response.body())
          .isEqualTo("{\"msg\":\"Request too frequent (" + window + ")\",\"code\":429}");
    }
  }

  /** Midnight (UTC) may come in mid-test: then it starts anew. */
  private static void withinOneDay(ThrowingRunnable test) throws Exception {
    LocalDate day = LocalDate.now(ZoneOffset.UTC);
    try {
      test.run();
    } catch (AssertionError failure) {
      if (day.equals(LocalDate.now(ZoneOffset.UTC))) {
        throw failure;
      }
      test.run();
    }
  }

  private interface ThrowingRunnable {
    void run() throws Exception;
  }

  @Test
  void responses_say_what_is_allowed_and_left() throws Exception {
    withinOneDay(this::whatIsAllowedAndLeft);
  }

  private void whatIsAllowedAndLeft() throws Exception {
    String limit = "by: [address], windows: { day: 2, month: 5 }, headers: { xRateLimit: true }";
    try (RunningGateway gateway = RunningGateway.start(folder, echo(limit))) {
      HttpResponse<String> first = gateway.get("/");
      assertThat(first.headers().firstValue("RateLimit-Policy"))
          .hasValue("\"day\";q=2;w=86400, \"month\";q=5;w=2678400");
      assertThat(first.headers().firstValue("RateLimit").orElseThrow())
          .matches("\"day\";r=1;t=\\d+, \"month\";r=4;t=\\d+");
      assertThat(first.headers().firstValue("Retry-After")).isEmpty();
      gateway.get("/");
      HttpResponse<String> refused = gateway.get("/");
      assertThat(refused.statusCode()).isEqualTo(429);
      String header = refused.headers().firstValue("RateLimit").orElseThrow();
      assertThat(header).matches("\"day\";r=0;t=\\d+, \"month\";r=3;t=\\d+");
      long reset = Long.parseLong(header.replaceAll("\"day\";r=0;t=(\\d+),.*", "$1"));
      assertThat(refused.headers().firstValueAsLong("Retry-After")).hasValue(reset);
      assertThat(refused.headers().firstValue("X-RateLimit-Limit")).hasValue("2");
      assertThat(refused.headers().firstValue("X-RateLimit-Remaining")).hasValue("0");
      assertThat(refused.headers().firstValueAsLong("X-RateLimit-Reset")).hasValue(reset);
    }
  }

  @Test
  void header_families_can_be_switched_off() throws Exception {
    String limit = "by: [address], windows: { month: 2 }, headers: { ietf: false }";
    try (RunningGateway gateway = RunningGateway.start(folder, echo(limit))) {
      assertThat(gateway.get("/").headers().map())
          .doesNotContainKeys("ratelimit", "ratelimit-policy");
    }
  }

  @Test
  void a_client_may_ask_for_a_problem_document() throws Exception {
    try (RunningGateway gateway =
        RunningGateway.start(folder, echo("by: [address], windows: { month: 1 }"))) {
      gateway.get("/");
      HttpResponse<String> refused =
          gateway.get("/", "Accept", "text/html, application/problem+json");
      assertThat(refused.headers().firstValue("Content-Type")).hasValue("application/problem+json");
      assertThat(refused.body())
          .startsWith(
              "{\"type\":\"https://iana.org/assignments/http-problem-types#quota-exceeded\"")
          .contains("\"status\":429")
          .endsWith("\"violated-policies\":[\"month\"]}");
    }
  }

  @Test
  void each_value_of_a_header_is_a_client_of_its_own() throws Exception {
    String limit = "by: [{ header: X-Api-Key }], windows: { month: 1 }, missing: 401";
    try (RunningGateway gateway = RunningGateway.start(folder, echo(limit))) {
      assertThat(gateway.get("/", "X-Api-Key", "a").statusCode()).isEqualTo(200);
      assertThat(gateway.get("/", "x-api-key", "b").statusCode()).isEqualTo(200);
      assertThat(gateway.get("/", "X-Api-Key", "a").statusCode()).isEqualTo(429);
      assertThat(gateway.get("/").statusCode()).isEqualTo(401);
    }
  }

  @Test
  void a_request_without_the_header_counts_for_its_address_and_no_header_can_take_that_bucket()
      throws Exception {
    String limit = "by: [{ header: X-Api-Key }], windows: { month: 1 }";
    try (RunningGateway gateway = RunningGateway.start(folder, echo(limit))) {
      for (String spoof : List.of("127.0.0.1", "~127.0.0.1", "%7E127.0.0.1")) {
        assertThat(gateway.get("/", "X-Api-Key", spoof).statusCode()).isEqualTo(200);
      }
      assertThat(gateway.get("/").statusCode()).isEqualTo(200);
      assertThat(gateway.get("/").statusCode()).isEqualTo(429);
    }
  }

  @Test
  void exactly_the_limit_passes_however_many_come_at_once() throws Exception {
    withinOneDay(this::exactlyTheLimit);
  }

  private void exactlyTheLimit() throws Exception {
    try (RunningGateway gateway =
        RunningGateway.start(folder, echo("by: [address], windows: { day: 100, month: 1000 }"))) {
      HttpClient client = HttpClient.newHttpClient();
      List<CompletableFuture<Integer>> answers = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        HttpRequest request = gateway.request("/").build();
        answers.add(
            client
                .sendAsync(request, HttpResponse.BodyHandlers.discarding())
                .thenApply(HttpResponse::statusCode));
      }
      List<Integer> statuses = answers.stream().map(CompletableFuture::join).toList();
      assertThat(statuses).filteredOn(status -> status == 200).hasSize(100);
      assertThat(statuses).filteredOn(status -> status == 429).hasSize(400);
      assertThat(gateway.get("/").headers().firstValue("RateLimit").orElseThrow())
          .contains("\"month\";r=900;");
    }
  }

  @Test
  void several_limits_hold_at_once_and_a_refusal_charges_none() throws Exception {
    String rules =
        """
        upstreams: { echo: { builtin: echo } }
        routes:
          - { id: login, match: { path: /login }, upstream: echo, limits: [wide, narrow], cost: 2 }
          - { id: rest, upstream: echo, limits: [wide] }
        limits:
          wide: { by: [address], windows: { month: 10 } }
          narrow: { by: [address], windows: { month: 4 } }
        """;
    try (RunningGateway gateway = RunningGateway.start(folder, rules)) {
      gateway.get("/login");
      assertThat(gateway.get("/login").headers().firstValue("RateLimit").orElseThrow())
          .matches("\"wide.month\";r=6;t=\\d+, \"narrow.month\";r=0;t=\\d+");
      assertThat(gateway.get("/login").statusCode()).isEqualTo(429);
      assertThat(gateway.get("/x").headers().firstValue("RateLimit").orElseThrow())
          .startsWith("\"wide.month\";r=5;");
    }
  }

  @Test
  void a_saved_file_applies_within_a_second_and_counts_go_on() throws Exception {
    try (RunningGateway gateway =
        RunningGateway.start(folder, echo("by: [address], windows: { month: 2 }"))) {
      gateway.get("/");
      gateway.get("/");
      assertThat(gateway.get("/").statusCode()).isEqualTo(429);
      gateway.saveRules(echo("by: [address], windows: { month: 3 }"));
      awaitRevision(gateway, 2);
      assertThat(gateway.get("/").statusCode()).isEqualTo(200);
      assertThat(gateway.get("/").statusCode()).isEqualTo(429);
    }
  }

  @Test
  void a_document_with_an_error_changes_nothing_and_is_said_once() throws Exception {
    try (RunningGateway gateway =
        RunningGateway.start(folder, echo("by: [address], windows: { month: 2 }"))) {
      gateway.saveRules(echo("by: [address], windows: { month: none }"));
      Awaitility.await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> gateway.log.toString().contains("revision=1 stays in force"));
      assertThat(gateway.log.toString()).contains("limits.default.windows.month: none (expected:");
      assertThat(gateway.get("/").headers().firstValue("RateLimit-Policy").orElseThrow())
          .contains("q=2");
      Files.delete(gateway.rules);
      Awaitility.await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> gateway.log.toString().contains("cannot read"));
      gateway.saveRules(echo("by: [address], windows: { month: 9 }"));
      awaitRevision(gateway, 2);
      assertThat(gateway.log.toString().split("month: none", -1)).hasSize(2);
    }
  }

  private static void awaitRevision(RunningGateway gateway, long number) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(10))
        .pollInterval(Duration.ofMillis(20))
        .until(() -> gateway.gateway.revision().number() == number);
  }
}
