package io.apitwo.admin;

import io.apitwo.config.ActiveRules;
import io.apitwo.config.Revision;
import io.apitwo.rules.Settings;
import io.apitwo.telemetry.Meters;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * The operator's listener: {@code /health/live}, {@code /health/ready} and {@code /metrics} for
 * anyone who reaches the port, {@code /admin/**} for those who hold the token. Browsers are kept
 * out: a request with an {@code Origin} is refused.
 */
public final class ManagementVerticle extends VerticleBase {
  private final Settings.Management settings;
  private final AdminToken token;
  private final ActiveRules active;
  private final Readiness readiness;
  private final Supplier<String> scrape;
  private final Explain explain;
  private int actualPort;

  /**
   * @param scrape what all meters say, as {@link Meters#CONTENT_TYPE}; may take milliseconds
   * @param explain what would become of a request
   */
  public ManagementVerticle(
      Settings.Management settings,
      AdminToken token,
      ActiveRules active,
      Readiness readiness,
      Supplier<String> scrape,
      Explain explain) {
    this.settings = settings;
    this.token = token;
    this.active = active;
    this.readiness = readiness;
    this.scrape = scrape;
    this.explain = explain;
  }

  @Override
  public Future<HttpServer> start() {
    HttpServerOptions options =
        new HttpServerOptions()
            .setHost(settings.host())
            .setPort(settings.port())
            .setHttp2ClearTextEnabled(false)
            .setIdleTimeout(75)
            .setIdleTimeoutUnit(TimeUnit.SECONDS);
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

  private Router routes() {
    Router router = Router.router(vertx);
    router.get("/health/live").handler(context -> answer(context, 200, status("UP")));
    router.get("/health/ready").handler(this::ready);
    router.get("/metrics").handler(this::metrics);
    router.route("/admin/*").handler(this::authorize);
    router.get("/admin/v1/rules").handler(this::rules);
    router.post("/admin/v1/explain").handler(new ExplainRoute(active, explain)::take);
    router.errorHandler(404, context -> answer(context, 404, message("Not found", 404)));
    router.errorHandler(405, context -> answer(context, 405, message("Method not allowed", 405)));
    router.errorHandler(400, context -> answer(context, 400, message("Bad request", 400)));
    return router;
  }

  private void ready(RoutingContext context) {
    if (readiness.isReady()) {
      JsonObject up = status("UP").put("revision", active.revision().number());
      String note = readiness.note();
      answer(context, 200, note.isEmpty() ? up : up.put("degraded", note));
    } else {
      answer(context, 503, status("DOWN").put("reason", readiness.notReadyBecause()));
    }
  }

  /** On a worker, one at a time: this event loop may serve traffic as well. */
  private void metrics(RoutingContext context) {
    vertx
        .executeBlocking(scrape::get)
        .onSuccess(
            text ->
                context
                    .response()
                    .putHeader(HttpHeaders.CONTENT_TYPE, Meters.CONTENT_TYPE)
                    .end(text))
        .onFailure(context::fail);
  }

  private void authorize(RoutingContext context) {
    if (context.request().headers().contains(HttpHeaders.ORIGIN)) {
      answer(context, 403, message("Not for browsers", 403));
    } else if (token.matches(context.request().getHeader(HttpHeaders.AUTHORIZATION))) {
      context.next();
    } else {
      context.response().putHeader("WWW-Authenticate", "Bearer");
      answer(context, 401, message("Unauthorized", 401));
    }
  }

  /** The document in force, as it was given, with its revision as entity tag. */
  private void rules(RoutingContext context) {
    Revision revision = active.revision();
    context
        .response()
        .putHeader(HttpHeaders.CONTENT_TYPE, "application/yaml")
        .putHeader(HttpHeaders.ETAG, "\"" + revision.number() + "\"")
        .end(revision.text());
  }

  private static JsonObject status(String status) {
    return new JsonObject().put("status", status);
  }

  static JsonObject message(String message, int code) {
    return new JsonObject().put("msg", message).put("code", code);
  }

  static void answer(RoutingContext context, int status, JsonObject body) {
    context
        .response()
        .setStatusCode(status)
        .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
        .end(body.toBuffer());
  }
}
