package io.apitwo.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code rules put FILE}: a document in the place of the one in force, on every node. */
@Command(
    name = "put",
    mixinStandardHelpOptions = true,
    description = "Puts a rules file in force on every node, or refuses it whole.",
    footer = {
      "",
      "Exit: 0 it has a number, though a node may not have been heard of yet (then stderr and",
      "converged: false say so); 1 refused, not reached, or overtaken by a later push before it"
          + " was",
      "in force (superseded: true); 2 wrong use."
    })
final class RulesPut extends AdminCommand {
  @Parameters(paramLabel = "FILE", description = "YAML, or JSON if its name ends in .json.")
  private @Nullable Path file;

  @Option(names = "--dry-run", description = "Only check.")
  private boolean dryRun;

  @Option(names = "--if-match", paramLabel = "N", description = "Only if revision N is in force.")
  private @Nullable Long ifMatch;

  @Override
  int run(AdminClient client, boolean json) throws CommandFailedException {
    if (file == null) {
      throw new IllegalStateException("not called by the command line");
    }
    RulesText rules = RulesText.read(file);
    String[] headers =
        ifMatch == null ? new String[0] : new String[] {"If-Match", "\"" + ifMatch + "\""};
    String path = RulesCommand.PATH + (dryRun ? "?dryRun=true" : "");
    return new PushReport(out(), err(), json)
        .print(rules.name(), client.send("PUT", path, rules.type(), rules.text(), headers));
  }
}
