package io.apitwo.cli;

import com.github.difflib.DiffUtils;
import com.github.difflib.UnifiedDiffUtils;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code rules diff FILE}: what would change. */
@Command(
    name = "diff",
    mixinStandardHelpOptions = true,
    description = "Prints what a rules file changes of the rules in force.",
    footer = {"", "Exit: 0 nothing, 1 something, 2 trouble: no file, not reached, wrong use."})
final class RulesDiff extends AdminCommand {
  private static final int LINES_AROUND = 3;

  @Parameters(paramLabel = "FILE", description = "The rules file.")
  private @Nullable Path file;

  @Override
  int run(AdminClient client, boolean json) throws CommandFailedException {
    if (file == null) {
      throw new IllegalStateException("not called by the command line");
    }
    RulesText rules = RulesText.read(file);
    AdminClient.Reply reply =
        AdminClient.refusedAs(client.get(RulesCommand.PATH, "application/yaml"));
    long revision = reply.number();
    boolean same = reply.body().equals(rules.text());
    List<String> diff = diff(reply, rules);
    if (json) {
      JsonObject answer =
          new JsonObject()
              .put("revision", revision)
              .put("file", rules.name())
              .put("equal", same)
              .put("diff", String.join("\n", diff));
      out().println(answer.encode());
    } else {
      diff.forEach(out()::println);
      if (diff.isEmpty() && !same) {
        out().println("only the ends of lines differ");
      }
    }
    return same ? 0 : 1;
  }

  /** As {@code diff} does it: a difference is no trouble. */
  @Override
  int trouble() {
    return 2;
  }

  private static List<String> diff(AdminClient.Reply inForce, RulesText rules) {
    List<String> old = inForce.body().lines().toList();
    return UnifiedDiffUtils.generateUnifiedDiff(
        "in force, revision " + inForce.revision(),
        rules.name(),
        old,
        DiffUtils.diff(old, rules.text().lines().toList()),
        LINES_AROUND);
  }
}
