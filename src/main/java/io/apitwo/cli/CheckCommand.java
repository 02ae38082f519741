package io.apitwo.cli;

import io.apitwo.rules.DocumentFile;
import io.apitwo.rules.InvalidDocumentException;
import io.apitwo.rules.Rules;
import io.apitwo.rules.RulesDocument;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code check --rules F}: says whether a rules file would be taken, without a gateway. */
@Command(
    name = "check",
    mixinStandardHelpOptions = true,
    description =
        "Checks a rules file offline: exit 0 if it would be taken, else 1 and every error.")
public final class CheckCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--rules",
      paramLabel = "FILE",
      required = true,
      description = "The rules file to check.")
  private @Nullable Path rules;

  @Override
  public Integer call() {
    if (spec == null || rules == null) {
      throw new IllegalStateException("not called by the command line");
    }
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try {
      Rules compiled =
          RulesDocument.parse(rules.toString(), DocumentFile.read(rules), System::getenv);
      out.println(
          rules
              + ": ok, "
              + compiled.routes().size()
              + " routes, "
              + compiled.limits().size()
              + " limits, "
              + compiled.upstreams().size()
              + " upstreams");
      return 0;
    } catch (InvalidDocumentException e) {
      e.problems().forEach(problem -> err.println(problem));
    } catch (IOException e) {
      err.println(rules + ": cannot be read (expected: a readable UTF-8 file)");
    }
    return 1;
  }
}
