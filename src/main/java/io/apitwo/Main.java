package io.apitwo;

import io.apitwo.cli.CheckCommand;
import io.apitwo.telemetry.Logging;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;

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
    RunCommand run = new RunCommand(out, err);
    int exit =
        new CommandLine(run)
            .addSubcommand("run", new RunCommand(out, err))
            .addSubcommand("check", new CheckCommand())
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .setCaseInsensitiveEnumValuesAllowed(true)
            .execute(args);
    if (exit != RunCommand.STAYS) {
      System.exit(exit);
    }
  }

  private static PrintStream stream(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
  }
}
