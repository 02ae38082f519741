package io.apitwo;

import io.apitwo.rules.Settings;
import io.vertx.core.Vertx;
import io.vertx.core.net.PemKeyCertOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import org.jspecify.annotations.Nullable;

/** Looks at certificate and key before anything listens, so that the right setting is blamed. */
final class TlsFiles {
  private TlsFiles() {}

  /** Blocks. */
  static void check(Vertx vertx, Settings.@Nullable Tls tls) throws StartupException {
    if (tls != null) {
      checkCertificates("proxy.tls.cert", tls.cert());
      checkKey(vertx, tls);
    }
  }

  /** Refuses a file without a certificate. Blocks. */
  static void checkCertificates(String setting, Path file) throws StartupException {
    try (InputStream in = Files.newInputStream(file)) {
      if (!CertificateFactory.getInstance("X.509").generateCertificates(in).isEmpty()) {
        return;
      }
    } catch (IOException | CertificateException e) {
      // as for a file without one
    }
    throw new StartupException(
        setting + ": " + file + " (expected: a readable PEM file with certificates)");
  }

  private static void checkKey(Vertx vertx, Settings.Tls tls) throws StartupException {
    try {
      new PemKeyCertOptions()
          .setCertPath(tls.cert().toString())
          .setKeyPath(tls.key().toString())
          .getKeyManagerFactory(vertx);
    } catch (Exception e) { // whatever the library throws at a file that holds no key
      throw new StartupException(
          "proxy.tls.key: "
              + tls.key()
              + " (expected: a readable PEM file with an unencrypted private key)");
    }
  }
}
