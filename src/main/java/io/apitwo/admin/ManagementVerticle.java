package io.apitwo.admin;

import io.apitwo.config.ActiveRules;
import io.apitwo.rules.Settings;
import io.apitwo.telemetry.AdminMeter;
import io.apitwo.telemetry.Meters;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The operator's listener: {@code /health/live}, {@code /health/ready} and {@code /metrics} for
 * anyone who reaches the port, {@code /admin/**} for those who pass the {@link Door}.
 */
public final class ManagementVerticle extends VerticleBase {
  /** Whoever asks whether the process works waits for a second, as a rule. */
  private static final long PULSE_MILLIS = 900;

  private final Settings.Management settings;
  private final AdminToken token;
  private final ActiveRules active;
  private final Health health;
  private final Meters meters;
  private final List<Routes> groups;
  private final List<String> operations = new ArrayList<>();
  private int actualPort;

  /**
   * @param groups what the admin API can do
   */
  public ManagementVerticle(
      Settings.Management settings,
      AdminToken token,
      ActiveRules active,
      Health health,
      Meters meters,
      List<Routes> groups) {
    this.settings = settings;
    this.token = token;
    this.active = active;
    this.health = health;
    this.meters = meters;
    this.groups = List.copyOf(groups);
  }

  @Override
  public Future<HttpServer> start() {
    HttpServerOptions options =
        new HttpServerOptions()
            .setHost(settings.host())
            .setPort(settings.port())
            .setHttp2ClearTextEnabled(false)
            .setIdleTimeout(75)
            .setIdleTimeoutUnit(TimeUnit.SECONDS)
            .setHandle100ContinueAutomatically(true);
    return vertx
        .createHttpServer(options)
        .requestHandler(routes())
        .listen()
        .onSuccess(server -> actualPort = server.actualPort());
  }

  /** The port that is listened on, once started. */
  public int actualPort() {
    return actualPort;
  }

  /** Everything that is served, as {@code METHOD /path/:parameter}, once started. */
  public List<String> operations() {
    return List.copyOf(operations);
  }

  private Router routes() {
    Router router = Router.router(vertx);
    router.get("/health/live").handler(this::live);
    router.get("/health/ready").handler(this::ready);
    router.get("/metrics").handler(this::metrics);
    Answer contract = Answer.text(Answer.YAML, contract());
    router.get("/openapi.yaml").handler(context -> contract.send(context.response()));
    AuditLog audit = new AuditLog();
    AdminMeter meter = meters.admin();
    Door door = new Door(new Doorkeeper(token, System::nanoTime, audit, meter));
    router.route("/admin/*").handler(door::take);
    AdminRouter admin = new AdminRouter(router, this::later, audit, meter);
    groups.forEach(group -> group.addTo(admin));
    router.getRoutes().stream()
        .filter(route -> route.methods() != null)
        .forEach(route -> route.methods().forEach(m -> operations.add(m + " " + route.getPath())));
    says(router, 400, "Bad request");
    says(router, 404, "Not found");
    says(router, 405, "Method not allowed");
    router.errorHandler(
        500, context -> Failures.answer(context.failure()).send(context.response()));
    return router;
  }

  private void later(Runnable work) {
    context.runOnContext(here -> work.run());
  }

  private static String contract() {
    try (InputStream in = ManagementVerticle.class.getResourceAsStream("openapi.yaml")) {
      if (in == null) {
        throw new IllegalStateException("no openapi.yaml in this build");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void says(Router router, int status, String message) {
    router.errorHandler(
        status, context -> Answer.message(status, message).send(context.response()));
  }

  /** This event loop has a turn now; those that serve traffic have to have one as well. */
  private void live(RoutingContext context) {
    JsonObject down = status("DOWN").put("reason", "an event loop stands still");
    HttpServerResponse response = context.response();
    long timer = vertx.setTimer(PULSE_MILLIS, late -> Answer.json(503, down).send(response));
    health
        .beat()
        .onComplete(
            done ->
                this.context.runOnContext(
                    here -> {
                      vertx.cancelTimer(timer);
                      Answer.ok(status("UP")).send(response);
                    }));
  }

  private void ready(RoutingContext context) {
    Answer answer;
    if (health.isReady()) {
      JsonObject up = status("UP").put("revision", active.revision().number());
      String note = health.note();
      answer = Answer.ok(note.isEmpty() ? up : up.put("degraded", note));
    } else {
      answer = Answer.json(503, status("DOWN").put("reason", health.notReadyBecause()));
    }
    answer.send(context.response());
  }

  /** On a worker, one at a time: who asks whether the node works shall not wait for it. */
  private void metrics(RoutingContext context) {
    vertx
        .executeBlocking(meters::scrape)
        .onSuccess(
            text ->
                context
                    .response()
                    .putHeader(HttpHeaders.CONTENT_TYPE, Meters.CONTENT_TYPE)
                    .end(text))
        .onFailure(context::fail);
  }

  private static JsonObject status(String status) {
    return new JsonObject().put("status", status);
  }
}
