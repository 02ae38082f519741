package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.rules.ApiKeyHash;
import io.apitwo.rules.ApiKeyText;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What an operator learns of a request, and a client of its own limits. */
class ExplainTest {
  private static final String RULES =
      """
      upstreams: { echo: { builtin: echo } }
      routes:
        - id: tenants
          match: { path: "/tenants/{tenant}" }
          upstream: echo
          limits: [all, tenant, tried]
          cost: { methods: { POST: 2 } }
        - { id: free, match: { path: /free }, upstream: echo }
      limits:
        all: { by: [address], windows: { month: 100 } }
        tenant: { by: [{ path: tenant }], windows: { month: 3 } }
        tried: { by: [{ header: X-Team }], windows: { month: 2 }, shadow: true }
      deny: [192.0.2.0/24]
      allow: [198.51.100.7]
      quotaPath: /quota
      """;

  @TempDir Path folder;

  private static HttpResponse<String> explain(
      RunningGateway gateway, String body, String... headers) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(
                URI.create(
                    "http://127.0.0.1:" + gateway.gateway.managementPort() + "/admin/v1/explain"))
            .headers(headers)
            .POST(HttpRequest.BodyPublishers.ofString(body));
    return gateway.send(request);
  }

  private static JsonObject explained(RunningGateway gateway, String sample) throws Exception {
    HttpResponse<String> answer =
        explain(
            gateway,
            sample,
            "Authorization",
            "Bearer " + RunningGateway.TOKEN,
            "Content-Type",
            "application/json");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return new JsonObject(answer.body());
  }

  @Test
  void a_request_is_explained_and_not_counted() throws Exception {
    try (RunningGateway gateway = RunningGateway.start(folder, RULES)) {
      gateway.get("/tenants/acme");
      String sample = "{\"url\": \"/tenants/acme\", \"method\": \"POST\"}";
      JsonObject explained = explained(gateway, sample);
      assertThat(explained(gateway, sample)).isEqualTo(explained);
      assertThat(explained.getString("route")).isEqualTo("tenants");
      assertThat(explained.getString("verdict")).isEqualTo("allowed");
      assertThat(explained.getInteger("revision")).isEqualTo(1);
      assertThat(explained.getInteger("cost")).isEqualTo(2);
      JsonArray limits = explained.getJsonArray("limits");
      assertThat(limits).hasSize(3);
      JsonObject tenant = limits.getJsonObject(1);
      assertThat(tenant.getString("limit")).isEqualTo("tenant");
      assertThat(tenant.getString("client")).isEqualTo("acme");
      JsonObject month = tenant.getJsonArray("buckets").getJsonObject(0);
      assertThat(month.getString("bucket")).isEqualTo("month");
      assertThat(month.getInteger("quota")).isEqualTo(3);
      assertThat(month.getInteger("used")).isEqualTo(1);
      assertThat(month.getInteger("left")).isEqualTo(2);
      assertThat(limits.getJsonObject(2).getBoolean("shadow")).isTrue();
      assertThat(gateway.get("/tenants/acme").statusCode()).isEqualTo(200);
      assertThat(gateway.get("/tenants/acme").statusCode()).isEqualTo(200);
      assertThat(gateway.get("/tenants/acme").statusCode()).isEqualTo(429);
      JsonObject full = explained(gateway, "{\"url\": \"/tenants/acme\"}");
      assertThat(full.getString("verdict")).isEqualTo("refused");
      assertThat(full.getString("why")).isEqualTo("used up: tenant.month");
      assertThat(full.getInteger("status")).isEqualTo(429);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"url\": \"/free\"} | allowed | 0 | the route has no limits",
        "{\"url\": \"/nowhere\"} | unroutable | 404 | no route matches",
        "{\"url\": \"/free\", \"address\": \"192.0.2.9\"} | denied | 403 | the client is on the deny list",
        "{\"url\": \"/tenants/a\", \"address\": \"198.51.100.7\"} | allowed | 0 | the client is on the allow list",
        "{\"url\": \"/tenants/a;x\"} | malformed | 400 | the route does not take such a path",
        "{\"url\": \"/%5c\"} | malformed | 400 | path: escaped backslash or control character",
        "{\"url\": \"/free\", \"method\": \"TRACE\"} | malformed | 405 | the method is not forwarded",
      })
  void a_verdict_says_why(String sample, String verdict, int status, String why) throws Exception {
    try (RunningGateway gateway = RunningGateway.start(folder, RULES)) {
      JsonObject explained = explained(gateway, sample);
      assertThat(explained.getString("verdict")).isEqualTo(verdict);
      assertThat(explained.getInteger("status")).isEqualTo(status);
      assertThat(explained.getString("why")).isEqualTo(why);
    }
  }

  @Test
  void what_fails_in_an_explanation_costs_the_client_no_attempt() throws Exception {
    SecureRandom random = new SecureRandom();
    String rules =
        """
        upstreams: { echo: { builtin: echo } }
        routes: [{ id: all, upstream: echo, limits: [all] }]
        limits: { all: { by: [{ apiKey: { header: X-Key } }], missing: 401, windows: { month: 9 } } }
        identity: { failures: 2/h, apiKeys: [{ hash: "%s", consumer: acme }] }
        """
            .formatted(ApiKeyHash.of(ApiKeyText.random(random), random));
    try (RunningGateway gateway = RunningGateway.start(folder, rules)) {
      String sample =
          "{\"url\": \"/\", \"address\": \"127.0.0.1\", \"headers\": {\"X-Key\": \"x\"}}";
      for (int i = 0; i < 5; i++) {
        assertThat(explained(gateway, sample).getInteger("status")).isEqualTo(401);
      }
      assertThat(gateway.get("/", "X-Key", "x").statusCode()).isEqualTo(401);
      assertThat(gateway.get("/", "X-Key", "x").statusCode()).isEqualTo(401);
      assertThat(gateway.get("/", "X-Key", "x").statusCode()).isEqualTo(429);
      assertThat(explained(gateway, sample).getString("why")).isEqualTo("too many failed attempts");
    }
  }

  @Test
  void a_claim_that_is_null_is_told_as_null() throws Exception {
    Path secret = folder.resolve("secret");
    Files.writeString(secret, TestTokens.SECRET + "\n");
    String rules =
        """
        upstreams: { echo: { builtin: echo } }
        routes: [{ id: all, upstream: echo, limits: [all] }]
        limits: { all: { by: [{ claim: sub }], missing: 401, windows: { month: 9 } } }
        identity: { jwt: { keys: [{ secretFile: "%s" }], algorithms: [HS256] } }
        """
            .formatted(secret);
    String claims =
        "\"sub\":\"a\",\"nick\":null,\"org\":{\"unit\":null,\"ids\":[null,{\"x\":null}]}}";
    long expires = Instant.now().getEpochSecond() + 600;
    String token = TestTokens.token("HS256", "{\"exp\":" + expires + "," + claims);
    try (RunningGateway gateway = RunningGateway.start(folder, rules)) {
      String sample =
          "{\"url\": \"/\", \"headers\": {\"Authorization\": \"Bearer " + token + "\"}}";
      JsonObject told = explained(gateway, sample).getJsonObject("claims");
      told.remove("exp");
      assertThat(told).isEqualTo(new JsonObject("{" + claims));
    }
  }

  @Test
  void what_is_no_sample_is_refused_with_its_place() throws Exception {
    String token = "Bearer " + RunningGateway.TOKEN;
    try (RunningGateway gateway = RunningGateway.start(folder, RULES)) {
      HttpResponse<String> wrong =
          explain(
              gateway,
              "{\"url\": \"/x\", \"methd\": \"GET\"}",
              "Authorization",
              token,
              "Content-Type",
              "application/json");
      assertThat(wrong.statusCode()).isEqualTo(422);
      JsonObject error = new JsonObject(wrong.body()).getJsonArray("errors").getJsonObject(0);
      assertThat(error.getString("path")).isEqualTo("methd");
      assertThat(error.getInteger("line")).isEqualTo(1);
      String json = "application/json";
      assertThat(explain(gateway, "{}", "Content-Type", json).statusCode()).isEqualTo(401);
      assertThat(explain(gateway, "{}", "Authorization", token).statusCode()).isEqualTo(415);
      assertThat(
              explain(gateway, " ".repeat(70_000), "Authorization", token, "Content-Type", json)
                  .statusCode())
          .isEqualTo(413);
    }
  }

  @Test
  void a_client_reads_its_own_limits_without_being_charged() throws Exception {
    try (RunningGateway gateway = RunningGateway.start(folder, RULES)) {
      gateway.get("/tenants/acme");
      for (int i = 0; i < 150; i++) {
        assertThat(gateway.get("/quota").statusCode()).isEqualTo(200);
      }
      JsonObject quota = new JsonObject(gateway.get("/quota").body());
      assertThat(quota.getJsonArray("limits")).hasSize(1); // a tenant is asked for, not a client
      JsonObject all = quota.getJsonArray("limits").getJsonObject(0);
      assertThat(all.getString("limit")).isEqualTo("all");
      assertThat(all.getString("client")).isEqualTo("127.0.0.1");
      assertThat(all.getJsonArray("buckets").getJsonObject(0).getInteger("used")).isEqualTo(1);
      assertThat(gateway.raw("HEAD /quota HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"))
          .startsWith("HTTP/1.1 200")
          .endsWith("\r\n\r\n");
      assertThat(gateway.send(gateway.request("/quota").DELETE()).statusCode()).isEqualTo(404);
    }
  }
}
