package io.apitwo.admin;

import io.apitwo.config.ActiveRules;
import io.apitwo.config.Revision;
import io.vertx.core.Future;

/** {@code /admin/v1/rules}: the document in force, as it was given. */
public final class RulesRoutes implements Routes {
  private final ActiveRules active;

  public RulesRoutes(ActiveRules active) {
    this.active = active;
  }

  @Override
  public void addTo(AdminRouter router) {
    router.get("/admin/v1/rules", this::inForce);
  }

  private Future<Answer> inForce(Call call) {
    Revision revision = active.revision();
    return Future.succeededFuture(
        Answer.text(Answer.YAML, revision.text()).tagged(revision.number()));
  }
}
