package io.apitwo.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code rules get}: a document as it was given. */
@Command(
    name = "get",
    mixinStandardHelpOptions = true,
    description = "Prints the rules in force, or those of a revision.")
final class RulesGet extends AdminCommand {
  @Option(names = "--revision", paramLabel = "N", description = "Default: the one in force.")
  private @Nullable Long revision;

  @Override
  int run(AdminClient client, boolean json) throws CommandFailedException {
    String path = revision == null ? "" : "/revisions/" + revision;
    String accept = json ? "application/json" : "application/yaml";
    AdminClient.Reply reply = AdminClient.refusedAs(client.get(RulesCommand.PATH + path, accept));
    reply.number();
    String text = reply.body();
    out().print(text.endsWith("\n") ? text : text + "\n");
    out().flush();
    return 0;
  }
}
