package io.apitwo.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import picocli.CommandLine.Command;

/** {@code nodes}: who is there, and which revision runs where. */
@Command(
    name = "nodes",
    mixinStandardHelpOptions = true,
    description = "Lists the nodes that the gateway knows, and the revision that runs on each.")
public final class NodesCommand extends AdminCommand {
  @Override
  int run(AdminClient client, boolean json) throws CommandFailedException {
    JsonObject answer = client.json("/admin/v1/nodes", "nodes");
    if (json) {
      out().println(answer.encode());
      return 0;
    }
    Table table = new Table("NODE", "ADDRESS", "REVISION", "SHA256", "HEARD", "FAILED");
    JsonArray nodes = answer.getJsonArray("nodes", new JsonArray());
    for (int i = 0; i < nodes.size(); i++) {
      JsonObject node = nodes.getJsonObject(i);
      String address = node.getString("address", "");
      table.row(
          node.getString("id"),
          address.isEmpty() ? "-" : address,
          node.getLong("revision"),
          RulesHistory.shortened(node.getString("sha256", "")),
          node.getBoolean("self", false) ? "answers here" : node.getLong("heardMillis") + " ms ago",
          failure(node));
    }
    table.lines().forEach(out()::println);
    return 0;
  }

  private static String failure(JsonObject node) {
    Long revision = node.getLong("failedRevision");
    return revision == null ? "" : revision + ": " + node.getString("error", "");
  }
}
