package io.apitwo.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import picocli.CommandLine.Command;

/** {@code rules history}: which documents were in force, and who put them there. */
@Command(
    name = "history",
    mixinStandardHelpOptions = true,
    description = "Lists the revisions that are kept, newest first.")
final class RulesHistory extends AdminCommand {
  @Override
  int run(AdminClient client, boolean json) throws CommandFailedException {
    JsonObject answer = client.json(RulesCommand.PATH + "/revisions", "revisions");
    if (json) {
      out().println(answer.encode());
      return 0;
    }
    Table table = new Table("REVISION", "AT", "BYTES", "SHA256", "WHO", "FROM", "");
    JsonArray revisions = answer.getJsonArray("revisions", new JsonArray());
    for (int i = 0; i < revisions.size(); i++) {
      JsonObject each = revisions.getJsonObject(i);
      table.row(
          each.getLong("revision"),
          each.getString("at", "").replaceFirst("\\.[0-9]+Z$", "Z"),
          each.getLong("bytes"),
          shortened(each.getString("sha256", "")),
          each.getString("actor"),
          each.getString("source"),
          each.getBoolean("superseded", false) ? "superseded" : "");
    }
    table.lines().forEach(out()::println);
    return 0;
  }

  /** Enough of a hash to tell documents apart. */
  static String shortened(String sha256) {
    return sha256.substring(0, Math.min(12, sha256.length()));
  }
}
