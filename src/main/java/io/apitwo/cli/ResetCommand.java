package io.apitwo.cli;

import io.vertx.core.json.JsonObject;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code reset KEY}: its counts begin anew. */
@Command(
    name = "reset",
    mixinStandardHelpOptions = true,
    description = "Forgets what a client has used, in the store and on every node.")
public final class ResetCommand extends OrderCommand {
  @Option(names = "--limit", paramLabel = "NAME", description = "This limit alone.")
  private @Nullable String limit;

  @Override
  AdminClient.Reply send(AdminClient admin, String client) throws CommandFailedException {
    String query = limit == null ? "" : "?limit=" + ClientPath.encoded(limit);
    return admin.send("DELETE", ClientPath.of(client, "usage" + query), "", "");
  }

  @Override
  String done(JsonObject answer) {
    return "its counts begin anew" + (limit == null ? "" : " under " + limit);
  }
}
