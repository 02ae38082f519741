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
  private final Settings.Management settings;
  private final AdminToken token;
  private final ActiveRules active;
  private final Readiness readiness;
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
      Readiness readiness,
      Meters meters,
      List<Routes> groups) {
    this.settings = settings;
    this.token = token;
    this.active = active;
    this.readiness = readiness;
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
    router.get("/health/live").handler(context -> Answer.ok(status("UP")).send(context.response()));
    router.get("/health/ready").handler(this::ready);
    router.get("/metrics").handler(this::metrics);
    Answer contract = Answer.text(Answer.YAML, contract());
    router.get("/openapi.yaml").handler(context -> contract.send(context.response()));
    AuditLog audit = new AuditLog();
    AdminMeter meter = meters.admin();
    router.route("/admin/*").handler(new Door(token, System::nanoTime, audit, meter)::take);
    AdminRouter admin = new AdminRouter(router, audit, meter);
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

  private void ready(RoutingContext context) {
    Answer answer;
    if (readiness.isReady()) {
      JsonObject up = status("UP").put("revision", active.revision().number());
      String note = readiness.note();
      answer = Answer.ok(note.isEmpty() ? up : up.put("degraded", note));
    } else {
      answer = Answer.json(503, status("DOWN").put("reason", readiness.notReadyBecause()));
    }
    answer.send(context.response());
  }

  /** On a worker, one at a time: this event loop may serve traffic as well. */
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
