package io.apitwo.cli;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code top}: the clients that come most often. */
@Command(
    name = "top",
    mixinStandardHelpOptions = true,
    description =
        "Lists the clients of each limit that come most often, or are refused most, on the node"
            + " that is asked, over the last one to two minutes.")
public final class TopCommand extends AdminCommand {
  /** What is counted. */
  enum By {
    requests,
    refused
  }

  @Option(names = "--limit", paramLabel = "NAME", description = "This limit alone.")
  private @Nullable String limit;

  @Option(
      names = "--by",
      defaultValue = "requests",
      description = "One of ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private By by = By.requests;

  @Option(
      names = "-n",
      paramLabel = "N",
      defaultValue = "20",
      description = "How many of each limit, 1 to 256. Default: ${DEFAULT-VALUE}.")
  private int most;

  @Override
  int run(AdminClient admin, boolean json) throws CommandFailedException {
    String query = "?by=" + by + "&n=" + most;
    String only = limit == null ? "" : "&limit=" + ClientPath.encoded(limit);
    JsonObject answer = admin.json("/admin/v1/top" + query + only, "limits");
    if (json) {
      out().println(answer.encode());
      return 0;
    }
    Table table = new Table("LIMIT", "CLIENT", by == By.requests ? "REQUESTS" : "REFUSED", "ERROR");
    JsonArray limits = answer.getJsonArray("limits", new JsonArray());
    for (int i = 0; i < limits.size(); i++) {
      JsonObject each = limits.getJsonObject(i);
      JsonArray clients = each.getJsonArray("clients", new JsonArray());
      for (int j = 0; j < clients.size(); j++) {
        JsonObject client = clients.getJsonObject(j);
        long error = client.getLong("error");
        table.row(
            each.getString("limit"),
            client.getString("client"),
            client.getLong("count"),
            error == 0 ? "exact" : "at most " + error + " fewer");
      }
    }
    table.lines().forEach(out()::println);
    JsonArray leftOut = answer.getJsonArray("leftOut", new JsonArray());
    if (!leftOut.isEmpty()) {
      String names = leftOut.stream().map(Object::toString).collect(Collectors.joining(", "));
      out().println("not all counted: " + names);
    }
    return 0;
  }
}
