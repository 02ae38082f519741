package io.apitwo.cli;

import io.vertx.core.json.JsonObject;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code boost KEY}: more, or less, of every limit for a while. */
@Command(
    name = "boost",
    mixinStandardHelpOptions = true,
    description = "Multiplies all limits of a client for a while, on every node.")
public final class BoostCommand extends OrderCommand {
  @ArgGroup(multiplicity = "1")
  private How how = new How();

  private static final class How {
    @Option(names = "--end", required = true, description = "End it.")
    private boolean end;

    @ArgGroup(exclusive = false)
    private Order order = new Order();
  }

  private static final class Order {
    @Option(
        names = "--factor",
        paramLabel = "F",
        required = true,
        description = "How many times as much, 0.01 to 1000.")
    private double factor;

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
        ? admin.send("DELETE", ClientPath.of(client, "boost"), "", "")
        : admin.send(
            "POST",
            ClientPath.of(client, "boost"),
            "application/json",
            new JsonObject()
                .put("factor", how.order.factor)
                .put("seconds", how.order.seconds)
                .encode());
  }

  @Override
  String done(JsonObject answer) {
    return how.end
        ? "no longer boosted"
        : "x " + answer.getDouble("factor") + " until " + answer.getString("until");
  }
}
