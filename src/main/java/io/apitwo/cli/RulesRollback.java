package io.apitwo.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code rules rollback N}: an older document in force again, as a new revision. */
@Command(
    name = "rollback",
    mixinStandardHelpOptions = true,
    description = "Puts the rules of revision N in force again, as a new revision.",
    footer = {"", "Exit: as of rules put."})
final class RulesRollback extends AdminCommand {
  @Parameters(paramLabel = "N", description = "As rules history lists them.")
  private long revision;

  @Option(names = "--if-match", paramLabel = "M", description = "Only if revision M is in force.")
  private @Nullable Long ifMatch;

  @Override
  int run(AdminClient client, boolean json) throws CommandFailedException {
    String[] headers =
        ifMatch == null ? new String[0] : new String[] {"If-Match", "\"" + ifMatch + "\""};
    String path = RulesCommand.PATH + "/revisions/" + revision + "/rollback";
    return new PushReport(out(), err(), json)
        .print("revision " + revision, client.send("POST", path, "", "", headers));
  }
}
