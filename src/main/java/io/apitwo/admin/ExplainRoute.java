package io.apitwo.admin;

import io.apitwo.config.ActiveRules;
import io.apitwo.config.Revision;
import io.apitwo.rules.InvalidDocumentException;
import io.apitwo.rules.Problem;
import io.apitwo.rules.SampleDocument;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.RoutingContext;

/** {@code POST /admin/v1/explain}: a sample request in, what would become of it out. */
final class ExplainRoute {
  private static final int MOST_BYTES = 1 << 16;

  private final ActiveRules active;
  private final Explain explain;

  ExplainRoute(ActiveRules active, Explain explain) {
    this.active = active;
    this.explain = explain;
  }

  void take(RoutingContext context) {
    String type = context.request().getHeader("Content-Type");
    if (type == null || !type.split(";", 2)[0].strip().equalsIgnoreCase("application/json")) {
      answer(context, 415, "Content-Type: application/json expected");
      return;
    }
    Buffer body = Buffer.buffer();
    context
        .request()
        .handler(
            chunk -> {
              if (body.length() <= MOST_BYTES) {
                body.appendBuffer(chunk);
              }
            })
        .endHandler(ended -> explain(context, body));
  }

  private void explain(RoutingContext context, Buffer body) {
    if (body.length() > MOST_BYTES) {
      answer(context, 413, "At most " + MOST_BYTES + " bytes");
      return;
    }
    Revision revision = active.revision();
    try {
      explain
          .explain(revision.rules(), SampleDocument.parse("request", body.toString()))
          .onSuccess(
              explained ->
                  ManagementVerticle.answer(
                      context, 200, explained.put("revision", revision.number())))
          .onFailure(context::fail);
    } catch (InvalidDocumentException e) {
      JsonArray errors = new JsonArray();
      e.problems().forEach(problem -> errors.add(json(problem)));
      ManagementVerticle.answer(context, 422, new JsonObject().put("errors", errors));
    }
  }

  private static JsonObject json(Problem problem) {
    return new JsonObject()
        .put("file", problem.file())
        .put("line", problem.line())
        .put("column", problem.column())
        .put("path", problem.path())
        .put("value", problem.value())
        .put("expected", problem.expected());
  }

  private static void answer(RoutingContext context, int status, String message) {
    ManagementVerticle.answer(context, status, ManagementVerticle.message(message, status));
  }
}
