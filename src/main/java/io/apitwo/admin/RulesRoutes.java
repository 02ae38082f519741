package io.apitwo.admin;

import io.apitwo.config.ActiveRules;
import io.apitwo.config.Revision;
import io.apitwo.config.Rulebook;
import io.apitwo.rules.DocumentJson;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import java.util.List;

/**
 * {@code /admin/v1/rules}: the document in force, as it was given, and another one in its place.
 */
public final class RulesRoutes implements Routes {
  /** What problems call a document that came by this way. */
  static final String SOURCE = "admin";

  static final Body A_DOCUMENT = new Body(2 << 20, List.of(Answer.YAML, Answer.JSON));

  private final ActiveRules active;
  private final Changes changes;

  public RulesRoutes(ActiveRules active, Rulebook rulebook) {
    this.active = active;
    this.changes = new Changes(rulebook);
  }

  @Override
  public void addTo(AdminRouter router) {
    router.get("/admin/v1/rules", this::inForce);
    router.change(HttpMethod.PUT, "/admin/v1/rules", A_DOCUMENT, this::replace);
  }

  private Future<Answer> inForce(Call call) {
    Revision revision = active.revision();
    return document(call, revision.source(), revision.text())
        .map(answer -> answer.tagged(revision.number()));
  }

  /** A document as it was given; or as JSON, if the caller prefers that. */
  static Future<Answer> document(Call call, String source, String text) {
    return call.prefersJson()
        ? call.aside(() -> Answer.text(Answer.JSON, DocumentJson.of(source, text)))
        : Future.succeededFuture(Answer.text(Answer.YAML, text));
  }

  private Future<Answer> replace(Call call) throws RefusedException {
    Long ifMatch = call.ifMatch();
    if (call.type().equals(Answer.YAML)) {
      return changes.push(call, SOURCE, call.text(), ifMatch);
    }
    return call.aside(
            () -> {
              JsonSyntax.check(SOURCE, call.text());
              return call.text();
            })
        .compose(text -> AdminRouter.step(() -> changes.push(call, SOURCE, text, ifMatch)));
  }
}
