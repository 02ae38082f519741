package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What each limit tells clients of itself: its refusal, its headers, when to come back. */
class ToldTest {
  private static final String TWO =
      """
      upstreams: { echo: { builtin: echo } }
      routes:
        - { id: all, upstream: echo, limits: [tries, quota] }
      limits:
        quota:
          by: [{ header: X-Client }]
          windows: { month: 3 }
          %s
        tries:
          by: [{ header: X-Login }]
          windows: { month: 1 }
          %s
      """;

  @TempDir Path folder;
  private RunningGateway gateway;

  @AfterEach
  void close() {
    if (gateway != null) {
      gateway.close();
    }
  }

  private void start(String quota, String tries) throws Exception {
    gateway = RunningGateway.start(folder, TWO.formatted(quota, tries));
  }

  private HttpResponse<String> get(String client, String login, String... more) throws Exception {
    HttpRequest.Builder request =
        gateway.request("/").header("X-Client", client).header("X-Login", login);
    for (int i = 0; i < more.length; i += 2) {
      request.header(more[i], more[i + 1]);
    }
    return gateway.send(request);
  }

  private static String type(HttpResponse<String> response) {
    return response.headers().firstValue("Content-Type").orElse("");
  }

  @Test
  void the_limit_that_refuses_says_how() throws Exception {
    start(
        "",
        "refusal: { status: 403, body: \"Zu viele Versuche – später\", contentType: text/plain;"
            + " charset=utf-8 }");
    get("c", "l");
    HttpResponse<String> tries = get("c", "l");
    assertThat(tries.statusCode()).isEqualTo(403);
    assertThat(tries.body()).isEqualTo("Zu viele Versuche – später");
    assertThat(type(tries)).isEqualTo("text/plain; charset=utf-8");
    assertThat(tries.headers().firstValueAsLong("Retry-After").orElseThrow()).isPositive();
    assertThat(tries.headers().firstValue("RateLimit").orElseThrow())
        .startsWith("\"tries.month\";r=0;");
    get("c", "l2");
    get("c", "l3");
    HttpResponse<String> quota = get("c", "l4");
    assertThat(quota.statusCode()).isEqualTo(429);
    assertThat(quota.body()).isEqualTo("{\"msg\":\"Request too frequent (month)\",\"code\":429}");
    assertThat(type(quota)).isEqualTo("application/json");
  }

  @Test
  void a_body_of_the_limits_own_goes_before_the_problem_that_a_client_accepts() throws Exception {
    start("refusal: { status: 503 }", "refusal: { body: '{\"error\":\"slow down\"}' }");
    String[] problem = {"Accept", "application/problem+json"};
    get("c", "l");
    HttpResponse<String> tries = get("c", "l", problem);
    assertThat(tries.statusCode()).isEqualTo(429);
    assertThat(tries.body()).isEqualTo("{\"error\":\"slow down\"}");
    assertThat(type(tries)).isEqualTo("application/json");
    get("c", "l2");
    get("c", "l3");
    HttpResponse<String> quota = get("c", "l4", problem);
    assertThat(quota.statusCode()).isEqualTo(503);
    assertThat(type(quota)).isEqualTo("application/problem+json");
    assertThat(quota.body()).contains("\"status\":503", "\"violated-policies\":[\"quota.month\"]");
    HttpResponse<String> plain = get("c", "l5");
    assertThat(plain.statusCode()).isEqualTo(503);
    assertThat(plain.body()).isEqualTo("{\"msg\":\"Request too frequent (month)\",\"code\":503}");
  }

  @Test
  void a_refusal_without_a_body_is_one() throws Exception {
    start("", "refusal: { body: \"\", contentType: text/plain }");
    get("c", "l");
    HttpResponse<String> refused = get("c", "l");
    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(refused.body()).isEmpty();
    assertThat(get("c", "other").statusCode()).isEqualTo(200); // on the same connection
  }

  @Test
  void a_head_request_is_refused_without_a_body() throws Exception {
    start("", "refusal: { status: 420, body: calm }");
    HttpRequest.Builder head =
        gateway
            .request("/")
            .header("X-Client", "c")
            .header("X-Login", "l")
            .method("HEAD", HttpRequest.BodyPublishers.noBody());
    assertThat(gateway.send(head).statusCode()).isEqualTo(200);
    HttpResponse<String> refused = gateway.send(head);
    assertThat(refused.statusCode()).isEqualTo(420);
    assertThat(refused.body()).isEmpty();
    assertThat(get("c", "other").statusCode()).isEqualTo(200); // on the same connection
  }

  @Test
  void a_limit_that_hides_its_headers_hides_them_also_when_it_refuses() throws Exception {
    start("headers: { xRateLimit: true }", "headers: { ietf: false }");
    HttpResponse<String> passed = get("c", "l");
    HttpResponse<String> refused = get("c", "l");
    assertThat(refused.statusCode()).isEqualTo(429);
    for (HttpResponse<String> each : List.of(passed, refused)) {
      assertThat(each.headers().firstValue("RateLimit-Policy"))
          .hasValue("\"quota.month\";q=3;w=2678400");
      assertThat(each.headers().firstValue("RateLimit").orElseThrow())
          .startsWith("\"quota.month\";r=2;");
      assertThat(each.headers().firstValue("X-RateLimit-Limit")).hasValue("3");
      assertThat(each.headers().firstValue("X-RateLimit-Remaining")).hasValue("2");
    }
    assertThat(refused.headers().firstValue("Retry-After")).isPresent();
  }

  @Test
  void refused_clients_are_told_to_come_back_at_different_times_and_never_too_early()
      throws Exception {
    start("", "retryAfterJitter: 1h");
    get("c", "l");
    Set<Long> told = new HashSet<>();
    for (int i = 0; i < 20; i++) {
      HttpResponse<String> refused = get("c", "l");
      long reset =
          Long.parseLong(
              refused
                  .headers()
                  .firstValue("RateLimit")
                  .orElseThrow()
                  .replaceFirst("^\"tries.month\";r=0;t=([0-9]+),.*$", "$1"));
      long after = refused.headers().firstValueAsLong("Retry-After").orElseThrow();
      assertThat(after).isBetween(reset, reset + 3_601);
      told.add(after - reset);
    }
    assertThat(told).hasSizeGreaterThan(3);
  }
}
