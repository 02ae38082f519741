package io.apitwo.cli;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code rules check FILE}: whether a gateway would take a document; it knows its variables. */
@Command(
    name = "check",
    mixinStandardHelpOptions = true,
    description = {
      "Asks the gateway whether it would take a rules file; nothing changes.",
      "Without a gateway: apitwo check --rules FILE."
    })
final class RulesCheck extends AdminCommand {
  @Parameters(paramLabel = "FILE", description = "YAML, or JSON if its name ends in .json.")
  private @Nullable Path file;

  @Override
  int run(AdminClient client, boolean json) throws CommandFailedException {
    if (file == null) {
      throw new IllegalStateException("not called by the command line");
    }
    RulesText rules = RulesText.read(file);
    String path = RulesCommand.PATH + "?dryRun=true";
    return new PushReport(out(), err(), json)
        .print(rules.name(), client.send("PUT", path, rules.type(), rules.text()));
  }
}
