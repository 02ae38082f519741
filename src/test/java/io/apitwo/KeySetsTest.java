package io.apitwo;

import static io.apitwo.TestTokens.jwk;
import static io.apitwo.TestTokens.jwks;
import static io.apitwo.TestTokens.pair;
import static io.apitwo.TestTokens.signer;
import static io.apitwo.TestTokens.token;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apitwo.rules.Identity.TokenKey;
import io.apitwo.telemetry.Exposition;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Key sets that come and go with the rules that name them. */
class KeySetsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir Path folder;

  private static String rules(String limit, String url) {
    return """
        upstreams: { echo: { builtin: echo } }
        routes: [{ id: all, upstream: echo, limits: [default] }]
        limits: { default: { windows: { month: 100000 }, %s } }
        identity: { jwt: { keys: [{ jwks: "%s" }], algorithms: [RS256] } }
        """
        .formatted(limit, url);
  }

  private static String bySubject(String url) {
    return rules("by: [{ claim: sub }], missing: 401", url);
  }

  private static String url(TestUpstream issuer) {
    return "http://127.0.0.1:" + issuer.port() + "/keys";
  }

  private static TestUpstream issuer(String key) throws Exception {
    return new TestUpstream(request -> request.response().end(set(key)));
  }

  private static String set(String key) {
    return jwks(jwk(pair("RSA", key).getPublic()) + ",\"kid\":\"" + key + "\"");
  }

  private static int status(RunningGateway gateway, String key) throws Exception {
    String header = "{\"alg\":\"RS256\",\"kid\":\"" + key + "\"}";
    String claims = "{\"exp\":" + (Instant.now().getEpochSecond() + 600) + ",\"sub\":\"a\"}";
    String token = token("RS256", header, claims, signer("RS256", key));
    return gateway.get("/", "Authorization", "Bearer " + token).statusCode();
  }

  @Test
  void the_keys_of_a_changed_url_stay_until_the_new_one_brings_some() throws Exception {
    AtomicBoolean silent = new AtomicBoolean(true);
    try (TestUpstream before = issuer("own");
        TestUpstream after =
            new TestUpstream(
                request -> {
                  if (!silent.get()) {
                    request.response().end(set("next"));
                  }
                });
        RunningGateway gateway = RunningGateway.start(folder, bySubject(url(before)))) {
      assertThat(status(gateway, "own")).isEqualTo(200);
      gateway.saveRules(bySubject(url(after)));
      await().atMost(PATIENCE).until(() -> !after.seen().isEmpty());
      assertThat(status(gateway, "own")).isEqualTo(200);
      assertThat(gateway.log.toString())
          .contains("keys of tokens stay", "url=" + url(after), "before=" + url(before));
      silent.set(false);
      await().atMost(PATIENCE).until(() -> status(gateway, "next") == 200);
      assertThat(status(gateway, "own")).isEqualTo(401);
    }
  }

  private static JsonObject diff(RunningGateway gateway) throws Exception {
    return Admin.json(new Admin(gateway).get("/admin/v1/candidate"));
  }

  private static void putOnTrial(RunningGateway gateway, String rules) throws Exception {
    HttpResponse<String> put =
        new Admin(gateway)
            .send("PUT", "/admin/v1/candidate", rules, "Content-Type", "application/yaml");
    assertThat(put.statusCode()).as(put.body()).isEqualTo(200);
  }

  @Test
  void rules_on_trial_are_judged_with_the_keys_that_they_name() throws Exception {
    try (TestUpstream live = issuer("own");
        TestUpstream tried = issuer("next");
        RunningGateway gateway = RunningGateway.start(folder, rules("by: [address]", url(live)))) {
      putOnTrial(gateway, bySubject(url(tried)));
      await()
          .atMost(PATIENCE)
          .until(
              () -> {
                int before = diff(gateway).getInteger("alike");
                assertThat(status(gateway, "next")).isEqualTo(200);
                return diff(gateway).getInteger("alike") == before + 1;
              });
      Exposition metrics = Exposition.parse(gateway.manage("/metrics").body());
      assertThat(metrics.value("apitwo_jwks_keys")).as("in force").isEqualTo(1);
    }
  }

  @Test
  void a_key_that_only_rules_on_trial_miss_has_no_live_set_fetched() throws Exception {
    try (TestUpstream live = issuer("own");
        TestUpstream tried = issuer("next");
        RunningGateway gateway = RunningGateway.start(folder, bySubject(url(live)))) {
      putOnTrial(gateway, bySubject(url(tried)));
      await().atMost(PATIENCE).until(() -> !tried.seen().isEmpty());
      await()
          .atMost(PATIENCE.multipliedBy(3)) // should it miss during the first fetch
          .until(
              () -> {
                assertThat(status(gateway, "own")).isEqualTo(200);
                return tried.seen().size() == 2;
              });
      assertThat(live.seen()).hasSize(1);
    }
  }

  @Test
  void a_set_that_never_came_grows_old_and_its_secrets_are_not_told() throws Exception {
    String url = "http://127.0.0.1:1/keys?key=hush";
    String plain =
        "upstreams: { echo: { builtin: echo } }\nroutes: [{ id: all, upstream: echo }]\n";
    try (RunningGateway gateway = RunningGateway.start(folder, plain)) {
      gateway.saveRules(bySubject(url));
      await()
          .atMost(PATIENCE)
          .until(() -> gateway.log.toString().contains("keys of tokens not fetched"));
      assertThat(gateway.log.toString())
          .contains("url=http://127.0.0.1:1/keys ")
          .doesNotContain("hush");
      Exposition metrics = Exposition.parse(gateway.manage("/metrics").body());
      assertThat(metrics.value("apitwo_jwks_age_seconds")).isBetween(0.0, 600.0);
    }
    assertThat(new TokenKey.Jwks(URI.create(url)).toString()).doesNotContain("hush");
  }
}
