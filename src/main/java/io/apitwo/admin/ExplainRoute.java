package io.apitwo.admin;

import io.apitwo.config.ActiveRules;
import io.apitwo.config.Revision;
import io.apitwo.rules.InvalidDocumentException;
import io.apitwo.rules.SampleDocument;
import io.vertx.core.Future;

/** {@code POST /admin/v1/explain}: a sample request in, what would become of it out. */
public final class ExplainRoute implements Routes {
  private final ActiveRules active;
  private final Explain explain;

  public ExplainRoute(ActiveRules active, Explain explain) {
    this.active = active;
    this.explain = explain;
  }

  @Override
  public void addTo(AdminRouter router) {
    router.ask("/admin/v1/explain", Body.JSON, this::explain);
  }

  private Future<Answer> explain(Call call) throws InvalidDocumentException {
    Revision revision = active.revision();
    return explain
        .explain(revision.rules(), SampleDocument.parse("request", call.text()))
        .map(explained -> Answer.ok(explained.put("revision", revision.number())));
  }
}
