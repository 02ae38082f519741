package io.apitwo;

import static io.apitwo.TestTokens.jwk;
import static io.apitwo.TestTokens.jwks;
import static io.apitwo.TestTokens.pair;
import static io.apitwo.TestTokens.signer;
import static io.apitwo.TestTokens.token;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apitwo.telemetry.Exposition;
import io.vertx.core.http.HttpServerRequest;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Clients that are known by their tokens. */
class TokenGatewayTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path folder;

  private String rules(String keys, String algorithms, String limit) {
    return """
        upstreams: { echo: { builtin: echo } }
        routes: [{ id: all, upstream: echo, limits: [default] }]
        limits: { default: { windows: { month: 2 }, %s } }
        identity: { jwt: { keys: [%s], algorithms: [%s], leeway: 0s } }
        """
        .formatted(limit, keys, algorithms);
  }

  private String secret() throws Exception {
    Path file = folder.resolve("secret");
    Files.writeString(file, TestTokens.SECRET + "\n");
    return "{ secretFile: \"" + file + "\" }";
  }

  private String pem(String kind, String name, String more) throws Exception {
    Path file = folder.resolve(kind + name + ".pem");
    Files.writeString(file, TestTokens.pem(pair(kind, name).getPublic()));
    return "{ pem: \"" + file + "\"" + more + " }";
  }

  private static String claims(String members) {
    return "{\"exp\":" + (Instant.now().getEpochSecond() + 600) + "," + members + "}";
  }

  private static HttpResponse<String> get(RunningGateway gateway, String token) throws Exception {
    return gateway.get("/", "Authorization", "Bearer " + token);
  }

  private static int status(RunningGateway gateway, String token) throws Exception {
    return get(gateway, token).statusCode();
  }

  @ParameterizedTest
  @ValueSource(strings = {"HS256", "RS256", "PS384", "ES512", "EdDSA"})
  void each_subject_has_a_limit_of_its_own(String algorithm) throws Exception {
    String key = algorithm.equals("HS256") ? secret() : pem(TestTokens.kind(algorithm), "own", "");
    String rules = rules(key, algorithm, "by: [{ claim: sub }], missing: 401");
    try (RunningGateway gateway = RunningGateway.start(folder, rules)) {
      String alice = token(algorithm, claims("\"sub\":\"alice\""));
      assertThat(status(gateway, alice)).isEqualTo(200);
      assertThat(status(gateway, token(algorithm, claims("\"sub\":\"alice\",\"jti\":\"2\""))))
          .isEqualTo(200);
      assertThat(status(gateway, alice)).isEqualTo(429);
      assertThat(status(gateway, token(algorithm, claims("\"sub\":\"bob\"")))).isEqualTo(200);
      HttpResponse<String> forged =
          get(gateway, alice.substring(0, alice.length() - 8) + "AAAAAAAA");
      assertThat(forged.statusCode()).isEqualTo(401);
      assertThat(forged.headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
      assertThat(gateway.get("/").statusCode()).isEqualTo(401);
    }
  }

  @Test
  void a_nested_claim_tells_clients_apart() throws Exception {
    String rules = rules(secret(), "HS256", "by: [{ claim: org.tenant.id }], missing: 401");
    try (RunningGateway gateway = RunningGateway.start(folder, rules)) {
      String one = token("HS256", claims("\"org\":{\"tenant\":{\"id\":\"one\"}}"));
      String two = token("HS256", claims("\"org\":{\"tenant\":{\"id\":\"two\"}}"));
      assertThat(status(gateway, one)).isEqualTo(200);
      assertThat(status(gateway, one)).isEqualTo(200);
      assertThat(status(gateway, one)).isEqualTo(429);
      assertThat(status(gateway, two)).isEqualTo(200);
      assertThat(status(gateway, token("HS256", claims("\"org\":{\"tenant\":{\"id\":7}}"))))
          .isEqualTo(401);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"7", "[\"alice\"]", "{}", "null", "\"\"", "\"a\\u0000b\"", "\"a\\r\\nb\""})
  void a_claim_that_is_no_plain_text_is_missing(String sub) throws Exception {
    String rules = rules(secret(), "HS256", "by: [{ claim: sub }], missing: 401");
    try (RunningGateway gateway = RunningGateway.start(folder, rules)) {
      assertThat(status(gateway, token("HS256", claims("\"sub\":" + sub)))).isEqualTo(401);
      assertThat(
              status(gateway, token("HS256", claims("\"sub\":\"" + "\u00e9".repeat(129) + "\""))))
          .isEqualTo(401);
      assertThat(
              status(gateway, token("HS256", claims("\"sub\":\"" + "\u00e9".repeat(128) + "\""))))
          .isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"address", "anonymous"})
  void wrong_tokens_make_no_clients_of_their_own(String missing) throws Exception {
    String rules = rules(secret(), "HS256", "by: [{ claim: sub }], missing: " + missing);
    try (RunningGateway gateway = RunningGateway.start(folder, rules)) {
      int passed = 0;
      for (int i = 0; i < 50; i++) {
        String forged =
            TestTokens.token(
                "HS256",
                "{\"alg\":\"HS256\"}",
                claims("\"sub\":\"" + i + "\""),
                signer("HS256", "x"));
        passed += status(gateway, i % 2 == 0 ? forged : "nonsense" + i) == 200 ? 1 : 0;
      }
      assertThat(passed).isBetween(2, 4); // 2, or more across the end of a month
      assertThat(status(gateway, token("HS256", claims("\"sub\":\"alice\"")))).isEqualTo(200);
      Exposition metrics = Exposition.parse(gateway.manage("/metrics").body());
      assertThat(metrics.value("apitwo_tokens_total{outcome=\"signature\"}")).isEqualTo(25);
      assertThat(metrics.value("apitwo_tokens_total{outcome=\"malformed\"}")).isEqualTo(25);
      assertThat(metrics.value("apitwo_tokens_total{outcome=\"verified\"}")).isEqualTo(1);
    }
  }

  @Test
  void a_token_that_expires_on_a_connection_is_no_longer_accepted() throws Exception {
    String rules = rules(secret(), "HS256", "by: [{ claim: sub }], missing: 401");
    try (RunningGateway gateway =
            RunningGateway.start(folder, rules.replace("month: 2", "month: 100000"));
        Socket socket = gateway.connect()) {
      String token =
          token("HS256", "{\"sub\":\"a\",\"exp\":" + (Instant.now().getEpochSecond() + 2) + "}");
      String request = "GET / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + token + "\r\n\r\n";
      RunningGateway.send(socket, request);
      assertThat(RunningGateway.until(socket, "\"}")).startsWith("HTTP/1.1 200");
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> {
                RunningGateway.send(socket, request);
                assertThat(RunningGateway.until(socket, "}")).startsWith("HTTP/1.1 401");
              });
    }
  }

  @Test
  void failures_of_one_address_are_bounded_and_known_tokens_pass_all_the_same() throws Exception {
    String rules =
        rules(secret(), "HS256", "by: [{ claim: sub }], missing: 401")
                .replace("identity: {", "identity: { failures: 3/h,")
                .replace("month: 2", "month: 100")
            + "quotaPath: /quota\n";
    try (RunningGateway gateway = RunningGateway.start(folder, rules, "PROXY_INSTANCES", "1")) {
      String known = token("HS256", claims("\"sub\":\"alice\""));
      assertThat(status(gateway, known)).isEqualTo(200);
      String forged =
          TestTokens.token(
              "HS256", "{\"alg\":\"HS256\"}", claims("\"sub\":\"a\""), signer("HS256", "x"));
      for (int i = 0; i < 3; i++) {
        assertThat(status(gateway, forged)).isEqualTo(401);
      }
      HttpResponse<String> refused = get(gateway, forged);
      assertThat(refused.statusCode()).isEqualTo(429);
      assertThat(refused.body()).isEqualTo("{\"msg\":\"Too many failed attempts\",\"code\":429}");
      assertThat(Long.parseLong(refused.headers().firstValue("Retry-After").orElseThrow()))
          .isBetween(1_000L, 1_200L);
      HttpResponse<String> own = gateway.get("/quota", "Authorization", "Bearer " + forged);
      assertThat(own.statusCode()).isEqualTo(429);
      assertThat(Long.parseLong(own.headers().firstValue("Retry-After").orElseThrow()))
          .isBetween(1_000L, 1_200L);
      HttpResponse<String> unknown = gateway.get("/quota");
      assertThat(unknown.statusCode()).isEqualTo(401);
      assertThat(unknown.headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
      assertThat(status(gateway, known)).isEqualTo(200);
      assertThat(gateway.get("/").statusCode()).isEqualTo(401);
    }
  }

  @Test
  void plans_and_lists_go_by_claims() throws Exception {
    String rules =
        rules(secret(), "HS256", "by: [address]")
            + """
            plans: { pro: { when: { claim: { plan: pro } }, limits: { default: { by: [{ claim: sub }], windows: { month: 4 } } } } }
            deny: [{ claim: { sub: mallory } }]
            """;
    try (RunningGateway gateway = RunningGateway.start(folder, rules)) {
      String pro = token("HS256", claims("\"sub\":\"alice\",\"plan\":\"pro\""));
      assertThat(get(gateway, pro).headers().firstValue("RateLimit-Policy").orElseThrow())
          .contains("q=4");
      assertThat(gateway.get("/").headers().firstValue("RateLimit-Policy").orElseThrow())
          .contains("q=2");
      assertThat(status(gateway, token("HS256", claims("\"sub\":\"mallory\"")))).isEqualTo(403);
    }
  }

  private static String rsaToken(String kid, String name) {
    String header = "{\"alg\":\"RS256\",\"kid\":\"" + kid + "\"}";
    return token("RS256", header, claims("\"sub\":\"" + kid + "\""), signer("RS256", name));
  }

  private static String rsa(String kid, String name) {
    return jwks(jwk(pair("RSA", name).getPublic()) + ",\"kid\":\"" + kid + "\"");
  }

  private String fetching(TestUpstream issuer) {
    String source = "{ jwks: \"http://127.0.0.1:" + issuer.port() + "/keys\" }";
    return rules(source, "RS256", "by: [{ claim: sub }], missing: 401")
        .replace("month: 2", "month: 100000");
  }

  @Test
  void a_fetched_key_set_is_known_from_the_first_request_on_and_rotates() throws Exception {
    AtomicReference<String> keys = new AtomicReference<>(rsa("a", "own"));
    try (TestUpstream issuer = new TestUpstream(request -> request.response().end(keys.get()));
        RunningGateway gateway = RunningGateway.start(folder, fetching(issuer))) {
      assertThat(status(gateway, rsaToken("a", "own"))).isEqualTo(200);
      keys.set(rsa("b", "next"));
      await().atMost(PATIENCE).until(() -> status(gateway, rsaToken("b", "next")) == 200);
      assertThat(status(gateway, rsaToken("a", "own"))).as("withdrawn").isEqualTo(401);
      for (int i = 0; i < 100; i++) {
        assertThat(status(gateway, rsaToken("unknown" + i, "x"))).isEqualTo(401);
      }
      assertThat(issuer.seen()).as("strangers do not make it fetch").hasSize(2);
      Exposition metrics = Exposition.parse(gateway.manage("/metrics").body());
      assertThat(metrics.value("apitwo_jwks_keys")).isEqualTo(1);
      assertThat(metrics.value("apitwo_jwks_age_seconds")).isBetween(0.0, 60.0);
    }
  }

  private static final String POISONS =
      """
      {}
      []
      nonsense
      {"keys":[]}
      {"keys":[{}]}
      {"keys":"x"}
      {"keys":[{"kty":"oct","k":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","kid":"a"}]}
      {"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","kid":"a"}]}
      {"keys":[],"keys":[]}
      302
      500
      204
      hang
      large
      cut
      """;

  private static void answer(HttpServerRequest request, String what) {
    switch (what) {
      case "302" -> request.response().setStatusCode(302).putHeader("Location", "/elsewhere").end();
      case "500" -> request.response().setStatusCode(500).end(rsa("b", "next"));
      case "204" -> request.response().setStatusCode(204).end();
      case "hang" -> request.response().setChunked(true).write("{\"keys\":");
      case "large" -> request.response().end(" ".repeat(300_000) + rsa("b", "next"));
      case "cut" ->
          request
              .response()
              .putHeader("Content-Length", "9999")
              .write("{")
              .onComplete(sent -> request.connection().close());
      default -> request.response().end(what);
    }
  }

  static List<String> poisons() {
    return POISONS.lines().toList();
  }

  @ParameterizedTest
  @MethodSource("poisons")
  void what_was_fetched_last_stays_whatever_the_source_says(String poison) throws Exception {
    AtomicReference<String> keys = new AtomicReference<>(rsa("a", "own"));
    AtomicInteger redirected = new AtomicInteger();
    try (TestUpstream issuer =
            new TestUpstream(
                request -> {
                  if (request.uri().equals("/elsewhere")) {
                    redirected.incrementAndGet();
                    request.response().end(rsa("b", "next"));
                  } else {
                    answer(request, keys.get());
                  }
                });
        RunningGateway gateway = RunningGateway.start(folder, fetching(issuer))) {
      keys.set(poison);
      assertThat(status(gateway, rsaToken("b", "next"))).isEqualTo(401);
      await()
          .atMost(PATIENCE)
          .until(() -> gateway.log.toString().contains("keys of tokens not fetched"));
      assertThat(status(gateway, rsaToken("a", "own"))).isEqualTo(200);
      assertThat(status(gateway, rsaToken("b", "next"))).isEqualTo(401);
      assertThat(redirected).hasValue(0);
      keys.set(rsa("c", "next"));
      await().atMost(PATIENCE).until(() -> status(gateway, rsaToken("c", "next")) == 200);
      assertThat(gateway.log.toString().split("not fetched", -1)).hasSize(2);
    }
  }

  @Test
  void a_source_that_is_not_there_keeps_nobody_from_starting_and_lets_nobody_in() throws Exception {
    String nowhere =
        rules(
            "{ jwks: \"http://127.0.0.1:1/keys\" }", "RS256", "by: [{ claim: sub }], missing: 401");
    try (RunningGateway gateway = RunningGateway.start(folder, nowhere);
        TestUpstream issuer =
            new TestUpstream(request -> request.response().end(rsa("a", "own")))) {
      assertThat(gateway.manage("/health/ready").statusCode()).isEqualTo(200);
      assertThat(status(gateway, rsaToken("a", "own"))).isEqualTo(401);
      String unsigned =
          TestTokens.base64("{\"alg\":\"none\"}")
              + "."
              + TestTokens.base64(claims("\"sub\":\"a\""));
      assertThat(status(gateway, unsigned)).isEqualTo(401);
      assertThat(status(gateway, unsigned + ".")).isEqualTo(401);
      gateway.saveRules(fetching(issuer));
      await().atMost(PATIENCE).until(() -> status(gateway, rsaToken("a", "own")) == 200);
      gateway.saveRules(
          rules(pem("RSA", "next", ""), "RS256", "by: [{ claim: sub }], missing: 401"));
      await().atMost(PATIENCE).until(() -> status(gateway, rsaToken("a", "own")) == 401);
      assertThat(status(gateway, rsaToken("b", "next"))).isEqualTo(200);
    }
  }
}
