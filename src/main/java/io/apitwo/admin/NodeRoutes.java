package io.apitwo.admin;

import io.apitwo.config.NodeState;
import io.apitwo.config.Rulebook;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/** {@code /admin/v1/nodes}: who is there, and which revision runs where. */
public final class NodeRoutes implements Routes {
  private final Rulebook rulebook;

  public NodeRoutes(Rulebook rulebook) {
    this.rulebook = rulebook;
  }

  @Override
  public void addTo(AdminRouter router) {
    router.get("/admin/v1/nodes", this::nodes);
  }

  private Future<Answer> nodes(Call call) {
    JsonArray nodes = new JsonArray();
    rulebook.nodes().forEach(node -> nodes.add(json(node)));
    return Future.succeededFuture(Answer.ok(new JsonObject().put("nodes", nodes)));
  }

  private static JsonObject json(NodeState node) {
    JsonObject json =
        new JsonObject()
            .put("id", node.id())
            .put("address", node.address())
            .put("self", node.self())
            .put("revision", node.revision())
            .put("sha256", node.sha256())
            .put("heardMillis", node.heardMillis());
    return node.error() == null
        ? json
        : json.put("failedRevision", node.failed()).put("error", node.error());
  }
}
