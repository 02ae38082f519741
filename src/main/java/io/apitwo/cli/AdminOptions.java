package io.apitwo.cli;

import io.apitwo.rules.DocumentFile;
import io.apitwo.rules.Settings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which gateway is asked, and with which token; a mixin of every command that shows one. */
final class AdminOptions {
  @Mixin private final AdminAddress address;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description =
          "A file whose first line is the token. Default: APITWO_MANAGEMENT_TOKEN, else what the"
              + " settings say, else DATADIR/admin.token.")
  private @Nullable Path tokenFile;

  @Option(names = "--json", description = "For scripts: JSON as the gateway says it.")
  private boolean json;

  AdminOptions(Map<String, String> environment) {
    this.address = new AdminAddress(environment);
  }

  boolean json() {
    return json;
  }

  /**
   * Reads settings only for what is not given.
   *
   * @throws CommandFailedException when no token is found, or the settings are refused
   */
  AdminClient client() throws CommandFailedException {
    URI url = address.url();
    return new AdminClient(url, tokenFile == null ? token(address.settings()) : token(tokenFile));
  }

  private static String token(Settings settings) throws CommandFailedException {
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
