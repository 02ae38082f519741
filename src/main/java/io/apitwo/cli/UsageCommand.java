package io.apitwo.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code usage KEY}: what a client has used of every limit. */
@Command(
    name = "usage",
    mixinStandardHelpOptions = true,
    description = "Says what a client has used of every limit in which its key has counts.")
public final class UsageCommand extends AdminCommand {
  @Parameters(paramLabel = "KEY", description = "The client key, as explain and top show it.")
  private String client = "";

  @Option(names = "--all", description = "Limits too of which nothing is used.")
  private boolean all;

  @Override
  int run(AdminClient admin, boolean json) throws CommandFailedException {
    JsonObject answer =
        admin.json(ClientPath.of(client, all ? "usage?all=true" : "usage"), "limits");
    if (json) {
      out().println(answer.encode());
      return 0;
    }
    JsonObject boost = answer.getJsonObject("boost");
    if (boost != null) {
      out()
          .println(
              "boosted: x " + boost.getDouble("factor") + " until " + boost.getString("until"));
    }
    if (answer.getString("blockedUntil") != null) {
      out().println("blocked: until " + answer.getString("blockedUntil"));
    }
    JsonArray limits = answer.getJsonArray("limits", new JsonArray());
    if (limits.isEmpty()) {
      out().println("no counts under this key");
      return 0;
    }
    Table table = new Table("LIMIT", "PLAN", "BUCKET", "USED", "LEFT", "QUOTA", "RESET");
    for (int i = 0; i < limits.size(); i++) {
      rows(limits.getJsonObject(i), table);
    }
    table.lines().forEach(out()::println);
    return 0;
  }

  private static void rows(JsonObject limit, Table table) {
    JsonArray buckets = limit.getJsonArray("buckets", new JsonArray());
    for (int i = 0; i < buckets.size(); i++) {
      JsonObject bucket = buckets.getJsonObject(i);
      Long reset = bucket.getLong("resetSeconds");
      table.row(
          limit.getString("limit") + (limit.getBoolean("shadow", false) ? " (shadow)" : ""),
          limit.getString("plan"),
          bucket.getString("bucket"),
          bucket.getLong("used"),
          bucket.getLong("left"),
          bucket.getLong("quota"),
          reset == null ? "-" : reset + " s");
    }
  }
}
