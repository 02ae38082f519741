package io.apitwo;

import io.apitwo.cli.BlockCommand;
import io.apitwo.cli.BoostCommand;
import io.apitwo.cli.CheckCommand;
import io.apitwo.cli.HealthCommand;
import io.apitwo.cli.KeyCommand;
import io.apitwo.cli.NodesCommand;
import io.apitwo.cli.ResetCommand;
import io.apitwo.cli.RulesCommand;
import io.apitwo.cli.TopCommand;
import io.apitwo.cli.UsageCommand;
import io.apitwo.telemetry.Logging;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;

/** The entry point of the jar and of {@code mvn exec:java}. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    // The process's own streams, taken first: a build tool's console closes its own while hooks
    // still print.
    PrintStream out = stream(FileDescriptor.out);
    PrintStream err = stream(FileDescriptor.err);
    System.setOut(out);
    System.setErr(err);
    Logging.configure(false, false, err, out); // until the settings say how
    CommandLine run = new CommandLine(new RunCommand(out, err));
    run.getCommandSpec()
        .name("run")
        .usageMessage()
        .description("Starts a node and leaves it running, as the jar does without a command.");
    int exit =
        new CommandLine(new RunCommand(out, err))
            .addSubcommand("run", run)
            .addSubcommand("check", new CheckCommand())
            .addSubcommand("explain", new ExplainCommand())
            .addSubcommand("health", new HealthCommand())
            .addSubcommand("key", new KeyCommand())
            .addSubcommand("rules", new RulesCommand())
            .addSubcommand("nodes", new NodesCommand())
            .addSubcommand("usage", new UsageCommand())
            .addSubcommand("top", new TopCommand())
            .addSubcommand("boost", new BoostCommand())
            .addSubcommand("block", new BlockCommand())
            .addSubcommand("reset", new ResetCommand())
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .setCaseInsensitiveEnumValuesAllowed(true)
            .setExecutionStrategy(Main::execute)
            .execute(args);
    if (exit != RunCommand.STAYS) {
      System.exit(exit);
    }
  }

  /** Refuses options before a subcommand: they would be read and then not heeded. */
  private static int execute(ParseResult result) {
    if (result.hasSubcommand() && !result.matchedOptions().isEmpty()) {
      String option = result.matchedOptions().get(0).longestName();
      String subcommand = result.subcommand().commandSpec().name();
      throw new ParameterException(
          result.commandSpec().commandLine(),
          option + " before the subcommand (expected: apitwo " + subcommand + " " + option + " …)");
    }
    return new RunLast().execute(result);
  }

  private static PrintStream stream(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
  }
}
