package io.apitwo.cli;

import io.apitwo.rules.DocumentFile;
import io.apitwo.rules.Excerpt;
import io.apitwo.rules.InvalidDocumentException;
import io.apitwo.rules.Settings;
import io.apitwo.rules.SettingsDocument;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the management port is; a mixin of every command that asks a gateway. */
final class AdminAddress {
  private static final Path DEFAULT_SETTINGS = Path.of("conf", "apitwo.yaml");
  private static final int DEFAULT_PORT = 9090;

  private final Map<String, String> environment;

  @Option(
      names = "--admin",
      paramLabel = "URL",
      description =
          "The gateway's management port. Default: APITWO_ADMIN, else that of the settings, else"
              + " http://127.0.0.1:9090.")
  private @Nullable String admin;

  @Option(
      names = "--settings",
      paramLabel = "FILE",
      description = "The gateway's settings. Default: conf/apitwo.yaml, if it is there.")
  private @Nullable Path settingsFile;

  AdminAddress(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  /**
   * Without a slash at its end. Reads the settings only when no URL is given.
   *
   * @throws CommandFailedException when the settings are refused, or it is no URL
   */
  URI url() throws CommandFailedException {
    String text = admin == null ? environment.get("APITWO_ADMIN") : admin;
    if (text == null || text.isBlank()) {
      return URI.create(local(settings().management()));
    }
    try {
      URI url = URI.create(text.strip().replaceFirst("/+$", ""));
      boolean http = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
      if (http
          && url.getHost() != null
          && url.getRawUserInfo() == null
          && url.getRawQuery() == null) {
        return url;
      }
    } catch (IllegalArgumentException e) {
      // said below
    }
    throw new CommandFailedException(
        (admin == null ? "APITWO_ADMIN" : "--admin")
            + ": "
            + Excerpt.of(text)
            + " (expected: a URL such as http://127.0.0.1:9090)");
  }

  private static String local(Settings.Management management) {
    String host = management.host();
    boolean any = host.equals("0.0.0.0") || host.equals("::");
    String literal = any ? "127.0.0.1" : host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    return "http://" + literal + ":" + (management.port() == 0 ? DEFAULT_PORT : management.port());
  }

  /**
   * Those of the gateway on this machine.
   *
   * @throws CommandFailedException when they are refused, or cannot be read
   */
  Settings settings() throws CommandFailedException {
    Path file = settingsFile == null ? DEFAULT_SETTINGS : settingsFile;
    try {
      boolean builtIn = settingsFile == null && !Files.exists(file);
      String text = builtIn ? "" : DocumentFile.read(file);
      return SettingsDocument.parse(file.toString(), text, environment);
    } catch (InvalidDocumentException e) {
      throw new CommandFailedException(e.getMessage());
    } catch (IOException e) {
      throw new CommandFailedException(file + ": cannot be read (expected: a readable UTF-8 file)");
    }
  }
}
