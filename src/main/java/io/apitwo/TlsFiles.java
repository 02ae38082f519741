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
      checkKey(vertx, "proxy.tls.key", tls.cert(), tls.key());
    }
  }

  /** The same of the cluster's. Blocks. */
  static void check(Vertx vertx, Settings.@Nullable ClusterTls tls) throws StartupException {
    if (tls != null) {
      checkCertificates("cluster.tls.cert", tls.cert());
      checkCertificates("cluster.tls.caFile", tls.caFile());
      checkKey(vertx, "cluster.tls.key", tls.cert(), tls.key());
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

  private static void checkKey(Vertx vertx, String setting, Path cert, Path key)
      throws StartupException {
    try {
      new PemKeyCertOptions()
          .setCertPath(cert.toString())
          .setKeyPath(key.toString())
          .getKeyManagerFactory(vertx);
    } catch (Exception e) { // whatever the library throws at a file that holds no key
      throw new StartupException(
          setting
              + ": "
              + key
              + " (expected: a readable PEM file with an unencrypted private key)");
    }
  }
}
