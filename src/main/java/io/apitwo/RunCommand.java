package io.apitwo;

import io.apitwo.config.Revision;
import io.apitwo.config.RulesFile;
import io.apitwo.rules.DocumentFile;
import io.apitwo.rules.InvalidDocumentException;
import io.apitwo.rules.Settings;
import io.apitwo.rules.SettingsDocument;
import io.apitwo.telemetry.Logging;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Option;

/**
 * {@code run}, which is also what the jar does without a subcommand: starts a node and leaves it
 * running.
 */
@Command(
    name = "apitwo",
    mixinStandardHelpOptions = true,
    versionProvider = RunCommand.Version.class,
    description = "An event-driven, distributed API rate-limiting gateway.",
    footer = {
      "",
      "Every setting can be overridden by a variable: APITWO_PROXY_PORT=9000 is proxy.port.",
      "Exit: 0 ok, 1 refused or port taken, 2 wrong use, 130/143 ended by a signal after a drain.",
    })
final class RunCommand implements Callable<Integer> {
  /** Not an exit code: the node runs on after the command line is done. */
  static final int STAYS = -1;

  private static final Logger log = LoggerFactory.getLogger(RunCommand.class);
  private static final Path DEFAULT_SETTINGS = Path.of("conf", "apitwo.yaml");

  private final PrintStream out;
  private final PrintStream err;

  @Option(
      names = "--settings",
      paramLabel = "FILE",
      description = "The settings. Default: conf/apitwo.yaml, else the built-in copy.")
  private @Nullable Path settingsFile;

  @Option(
      names = "--rules",
      paramLabel = "FILE",
      description = "The rules. Default: rules.file of the settings, else the built-in copy.")
  private @Nullable Path rulesFile;

  RunCommand(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  @Override
  public Integer call() {
    try {
      Settings settings = settings();
      Logging.configure(
          settings.logFormat() == Settings.LogFormat.JSON,
          settings.accessLog() != Settings.AccessLog.OFF,
          err,
          out);
      SettingsDocument.unknownVariables(System.getenv())
          .forEach(name -> log.warn("a variable that names no setting: {}", name));
      if (settings.store().maxEntries() > Settings.Store.sensibleEntries()) {
        log.warn(
            "store.maxEntries: {} may not fit this heap (expected: at most {}, or a larger -Xmx)",
            settings.store().maxEntries(),
            Settings.Store.sensibleEntries());
      }
      run(settings);
      return STAYS;
    } catch (InvalidDocumentException e) {
      e.problems().forEach(err::println);
    } catch (StartupException e) {
      err.println(e.getMessage());
    }
    return 1;
  }

  private void run(Settings settings) throws InvalidDocumentException, StartupException {
    RulesFile file = rulesFile(settings);
    Revision first =
        file == null
            ? Revision.compile(1, "built-in rules", builtIn("rules.yaml"))
            : Revision.compile(1, file.path().toString(), read(file));
    Gateway gateway = Gateway.start(settings, first, file);
    gateway.endsWithMemory();
    Signals.onHangUp(gateway::reload);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(gateway), "apitwo-stop"));
    Announcement announcement = gateway.announcement();
    out.println(announcement.readyLine());
    announcement.hints().forEach(line -> out.println("  " + line));
  }

  private void stop(Gateway gateway) {
    gateway.close();
    Logging.stop();
    out.println("apitwo stopped");
  }

  private Settings settings() throws InvalidDocumentException, StartupException {
    boolean given = settingsFile != null;
    Path file = given ? settingsFile : DEFAULT_SETTINGS;
    if (!given && !Files.exists(file)) {
      return SettingsDocument.parse("built-in settings", builtIn("apitwo.yaml"), System.getenv());
    }
    try {
      return SettingsDocument.parse(file.toString(), DocumentFile.read(file), System.getenv());
    } catch (IOException e) {
      throw unreadable(file);
    }
  }

  private @Nullable RulesFile rulesFile(Settings settings) {
    if (rulesFile != null) {
      return new RulesFile(rulesFile);
    }
    boolean absent = !settings.rules().given() && !Files.exists(settings.rules().file());
    return absent ? null : new RulesFile(settings.rules().file());
  }

  private static String read(RulesFile file) throws StartupException {
    try {
      return file.read();
    } catch (IOException e) {
      throw unreadable(file.path());
    }
  }

  private static StartupException unreadable(Path file) {
    return new StartupException(file + ": cannot be read (expected: a readable UTF-8 file)");
  }

  private static String builtIn(String name) {
    try (InputStream in = RunCommand.class.getResourceAsStream("/conf/" + name)) {
      if (in == null) {
        throw new IllegalStateException("no built-in " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException("unreadable built-in " + name, e);
    }
  }

  /** The version that the build wrote down. */
  static final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() throws IOException {
      Properties properties = new Properties();
      try (InputStream in = RunCommand.class.getResourceAsStream("/apitwo.properties")) {
        properties.load(in);
      }
      return new String[] {"apitwo " + properties.getProperty("version")};
    }
  }
}
