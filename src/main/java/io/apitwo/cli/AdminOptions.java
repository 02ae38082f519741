package io.apitwo.cli;

import io.apitwo.rules.DocumentFile;
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

/** Which gateway is asked, and with which token; a mixin of every command that asks one. */
final class AdminOptions {
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
      names = "--token-file",
      paramLabel = "FILE",
      description =
          "A file whose first line is the token. Default: APITWO_MANAGEMENT_TOKEN, else what the"
              + " settings say, else DATADIR/admin.token.")
  private @Nullable Path tokenFile;

  @Option(
      names = "--settings",
      paramLabel = "FILE",
      description = "The gateway's settings. Default: conf/apitwo.yaml, if it is there.")
  private @Nullable Path settingsFile;

  @Option(names = "--json", description = "For scripts: JSON as the gateway says it.")
  private boolean json;

  AdminOptions(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  boolean json() {
    return json;
  }

  /**
   * @throws CommandFailedException when no token is found, or the settings are refused
   */
  AdminClient client() throws CommandFailedException {
    Settings settings = settings();
    return new AdminClient(url(settings), token(settings));
  }

  private Settings settings() throws CommandFailedException {
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

  private URI url(Settings settings) throws CommandFailedException {
    String text = admin == null ? environment.get("APITWO_ADMIN") : admin;
    if (text == null || text.isBlank()) {
      return URI.create(local(settings.management()));
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
            + ": no such URL (expected: one such as http://127.0.0.1:9090)");
  }

  private static String local(Settings.Management management) {
    String host = management.host();
    boolean any = host.equals("0.0.0.0") || host.equals("::");
    String literal = any ? "127.0.0.1" : host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    return "http://" + literal + ":" + (management.port() == 0 ? DEFAULT_PORT : management.port());
  }

  private String token(Settings settings) throws CommandFailedException {
    if (tokenFile != null) {
      return token(tokenFile);
    }
    Settings.Management management = settings.management();
    if (management.token() != null) {
      return management.token();
    }
    Path file = management.tokenFile();
    return token(file == null ? settings.dataDir().resolve("admin.token") : file);
  }

  private static String token(Path file) throws CommandFailedException {
    try {
      String token = DocumentFile.read(file).lines().findFirst().orElse("").strip();
      if (token.isEmpty() || token.chars().anyMatch(c -> c < '!' || c > '~')) {
        throw new CommandFailedException(
            file + ": no token in its first line (expected: the admin token)");
      }
      return token;
    } catch (IOException e) {
      throw new CommandFailedException(
          file + ": cannot be read (expected: a file with the admin token; see --token-file)");
    }
  }
}
