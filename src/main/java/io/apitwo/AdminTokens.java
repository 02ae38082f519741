package io.apitwo;

import io.apitwo.admin.AdminToken;
import io.apitwo.rules.Settings;
import java.io.IOException;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where the token of the admin API is: in the settings, in a file that they name, or in one made.
 */
final class AdminTokens {
  private static final Logger log = LoggerFactory.getLogger(AdminTokens.class);

  private AdminTokens() {}

  /**
   * The token of a node; one is made if nobody has configured any.
   *
   * @throws StartupException when it cannot be read or made; the message names the setting
   */
  static AdminToken of(Settings settings) throws StartupException {
    Settings.Management management = settings.management();
    if (management.token() != null) {
      return AdminToken.of(management.token());
    }
    Path file = management.tokenFile();
    if (file == null && settings.cluster() != null) {
      log.warn(
          "a cluster without a configured admin token: each node makes its own, so no token opens"
              + " all of them (expected: management.token or management.tokenFile, alike on all"
              + " nodes)");
    }
    try {
      return file == null ? AdminToken.readOrGenerate(generated(settings)) : AdminToken.read(file);
    } catch (IOException e) {
      String setting = file == null ? "dataDir: " : "management.tokenFile: ";
      throw new StartupException(setting + e.getMessage());
    }
  }

  /** Where a token is that nobody has configured. */
  static Path generated(Settings settings) {
    return settings.dataDir().resolve("admin.token");
  }
}
