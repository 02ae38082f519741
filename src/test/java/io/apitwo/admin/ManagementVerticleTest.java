package io.apitwo.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.config.ActiveRules;
import io.apitwo.config.Revision;
import io.apitwo.rules.Settings;
import io.apitwo.telemetry.Meters;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The operator's listener by itself. */
class ManagementVerticleTest {
  private static final String RULES =
      "upstreams: { a: { builtin: echo } }\nroutes: [{ id: a, match: { path: '/**' }, upstream: a }]\n";

  private final Health health = new Health();
  private Vertx vertx;
  private Meters meters;
  private ManagementVerticle listener;

  @BeforeEach
  void open() throws Exception {
    ActiveRules active = new ActiveRules(Revision.compile(1, "test", RULES));
    meters = new Meters(() -> 1, List::of);
    Settings.Management where = new Settings.Management("127.0.0.1", 0, null, null);
    AdminToken token = AdminToken.of("a token for a test alone");
    listener = new ManagementVerticle(where, token, active, health, meters, List.of());
    vertx = Vertx.vertx();
    vertx.deployVerticle(listener).await();
  }

  @AfterEach
  void close() {
    vertx.close().await();
    meters.close();
  }

  private String isLive() throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + listener.actualPort() + "/health/live");
    HttpResponse<String> answer =
        HttpClient.newHttpClient()
            .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
    return answer.statusCode() + " " + answer.body();
  }

  @Test
  void a_node_lives_as_long_as_the_loops_that_serve_traffic_turn() throws Exception {
    assertThat(isLive()).isEqualTo("200 {\"status\":\"UP\"}");
    Promise<Void> stuck = Promise.promise();
    health.pulse(stuck::future);
    assertThat(isLive())
        .isEqualTo("503 {\"status\":\"DOWN\",\"reason\":\"an event loop stands still\"}");
    stuck.complete();
    assertThat(isLive()).isEqualTo("200 {\"status\":\"UP\"}");
  }
}
