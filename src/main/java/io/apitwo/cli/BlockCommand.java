package io.apitwo.cli;

import io.vertx.core.json.JsonObject;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code block KEY}: kept out for a while. */
@Command(
    name = "block",
    mixinStandardHelpOptions = true,
    description = "Keeps a client out for a while, on every node: 403.")
public final class BlockCommand extends OrderCommand {
  @ArgGroup(multiplicity = "1")
  private How how = new How();

  private static final class How {
    @Option(names = "--end", required = true, description = "End it.")
    private boolean end;

    @Option(
        names = "--seconds",
        paramLabel = "S",
        required = true,
        description = "For how long; at most 31 days.")
    private long seconds;
  }

  @Override
  AdminClient.Reply send(AdminClient admin, String client) throws CommandFailedException {
    return how.end
        ? admin.send("DELETE", ClientPath.of(client, "block"), "", "")
        : admin.send(
            "POST",
            ClientPath.of(client, "block"),
            "application/json",
            new JsonObject().put("seconds", how.seconds).encode());
  }

  @Override
  String done(JsonObject answer) {
    return how.end ? "no longer blocked" : "blocked until " + answer.getString("until");
  }
}
