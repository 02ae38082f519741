package io.apitwo.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * A command that asks a running gateway: 0 done, {@link #trouble} refused or not reached, 2 wrong
 * use.
 */
abstract class AdminCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;
  @Mixin private final AdminOptions options = new AdminOptions(System.getenv());

  /** Asks and prints; the exit code. */
  abstract int run(AdminClient client, boolean json) throws CommandFailedException;

  /** The exit code when it could not be done. */
  int trouble() {
    return 1;
  }

  @Override
  public final Integer call() {
    try {
      return run(options.client(), options.json());
    } catch (CommandFailedException e) {
      err().println(e.getMessage());
      return trouble();
    }
  }

  final PrintWriter out() {
    return known().commandLine().getOut();
  }

  final PrintWriter err() {
    return known().commandLine().getErr();
  }

  private CommandSpec known() {
    if (spec == null) {
      throw new IllegalStateException("not called by the command line");
    }
    return spec;
  }
}
