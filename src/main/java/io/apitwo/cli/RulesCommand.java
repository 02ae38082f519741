package io.apitwo.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code rules …}: the rules of running gateways, over the admin API. */
@Command(
    name = "rules",
    mixinStandardHelpOptions = true,
    description = "Reads and changes the rules of running gateways.",
    footer = {
      "",
      "Exit: 0 done, 1 refused or not reached, 2 wrong use; of diff 0 equal, 1 different, 2"
          + " trouble."
    },
    subcommands = {
      RulesGet.class,
      RulesPut.class,
      RulesCheck.class,
      RulesDiff.class,
      RulesRollback.class,
      RulesHistory.class
    })
public final class RulesCommand implements Callable<Integer> {
  static final String PATH = "/admin/v1/rules";

  @Spec private @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    if (spec == null) {
      throw new IllegalStateException("not called by the command line");
    }
    throw new ParameterException(
        spec.commandLine(),
        "no command for rules (expected: get, put, check, diff, rollback or history)");
  }
}
