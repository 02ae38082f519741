package io.apitwo.admin;

import io.apitwo.config.Push;
import io.apitwo.config.Pushed;
import io.apitwo.config.Rulebook;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;

/** How operations change the rules, and what they say then. */
final class Changes {
  private final Rulebook rulebook;

  Changes(Rulebook rulebook) {
    this.rulebook = rulebook;
  }

  /**
   * Pushes a document, or only checks it when {@code dryRun=true}.
   *
   * @param source what problems call it
   * @param ifMatch the revision that it was made from; null when that does not matter
   */
  Future<Answer> push(Call call, String source, String text, @Nullable Long ifMatch)
      throws RefusedException {
    boolean dryRun = call.flag("dryRun");
    return made(call, source, text, ifMatch).map(pushed -> answer(pushed, dryRun));
  }

  /** The same, for who goes on with it. */
  Future<Pushed> made(Call call, String source, String text, @Nullable Long ifMatch)
      throws RefusedException {
    return rulebook.push(new Push(text, source, call.actor(), ifMatch, call.flag("dryRun")));
  }

  static Answer answer(Pushed pushed, boolean dryRun) {
    JsonObject body =
        new JsonObject()
            .put("revision", pushed.revision())
            .put("sha256", pushed.sha256())
            .put("converged", pushed.converged())
            .put("nodes", nodes(pushed));
    if (pushed.superseded()) {
      body.put("superseded", true);
      if (!pushed.checked()) {
        body.put("checked", false);
      }
    }
    if (dryRun) {
      return Answer.ok(body.put("dryRun", true)).about(pushed.revision());
    }
    return Answer.ok(body).tagged(pushed.revision());
  }

  /** What each node said. */
  static JsonArray nodes(Pushed pushed) {
    JsonArray nodes = new JsonArray();
    pushed.nodes().forEach(node -> nodes.add(json(node)));
    return nodes;
  }

  private static JsonObject json(Pushed.Node node) {
    JsonObject json =
        new JsonObject().put("id", node.id()).put("appliedMillis", node.appliedMillis());
    return node.error() == null ? json : json.put("error", node.error());
  }
}
