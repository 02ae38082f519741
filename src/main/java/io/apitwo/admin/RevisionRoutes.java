package io.apitwo.admin;

import io.apitwo.config.Entry;
import io.apitwo.config.Rulebook;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** {@code /admin/v1/rules/revisions}: what was in force before, and back to it. */
public final class RevisionRoutes implements Routes {
  private static final String PATH = "/admin/v1/rules/revisions";

  private final Rulebook rulebook;
  private final Changes changes;

  public RevisionRoutes(Rulebook rulebook) {
    this.rulebook = rulebook;
    this.changes = new Changes(rulebook);
  }

  @Override
  public void addTo(AdminRouter router) {
    router.get(PATH, this::history);
    router.get(PATH + "/:n", this::one);
    router.change(HttpMethod.POST, PATH + "/:n/rollback", Body.NONE, this::rollback);
  }

  private Future<Answer> history(Call call) {
    return rulebook.history().map(entries -> Answer.ok(json(entries)));
  }

  private static JsonObject json(List<Entry> entries) {
    JsonArray revisions = new JsonArray();
    for (Entry entry : entries) {
      revisions.add(
          new JsonObject()
              .put("revision", entry.number())
              .put("sha256", entry.sha256())
              .put("source", entry.source())
              .put("actor", entry.actor())
              .put("at", entry.at().toString())
              .put("bytes", entry.text().getBytes(StandardCharsets.UTF_8).length)
              .put("superseded", entry.superseded()));
    }
    return new JsonObject().put("revisions", revisions);
  }

  private Future<Answer> one(Call call) throws RefusedException {
    return find(call)
        .compose(
            entry ->
                RulesRoutes.document(call, entry.source(), entry.text())
                    .map(answer -> answer.tagged(entry.number())));
  }

  private Future<Answer> rollback(Call call) throws RefusedException {
    Long ifMatch = call.ifMatch();
    return find(call)
        .compose(
            entry ->
                AdminRouter.step(
                    () -> changes.push(call, "revision " + entry.number(), entry.text(), ifMatch)));
  }

  private Future<Entry> find(Call call) throws RefusedException {
    long number = call.number("n");
    return rulebook
        .find(number)
        .compose(
            found ->
                found
                    .map(Future::succeededFuture)
                    .orElseGet(
                        () ->
                            Future.failedFuture(
                                new RefusedException(
                                    404,
                                    "revision: "
                                        + number
                                        + " (expected: one of those that are kept)"))));
  }
}
