package io.apitwo.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * {@code health}: asks a gateway on this machine whether it takes traffic; what a container's
 * health check runs, so that an image needs no other program for it. By the oldest client of the
 * JDK, whose classes load fastest.
 */
@Command(
    name = "health",
    mixinStandardHelpOptions = true,
    description = "Asks a gateway whether it is ready.",
    footer = {"", "Exit: 0 ready, 1 not ready or no answer, 2 wrong use."})
public final class HealthCommand implements Callable<Integer> {
  private static final int TIMEOUT_MILLIS = 2_000;
  private static final int MOST_BYTES = 4_096;

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--admin",
      paramLabel = "URL",
      description =
          "The management listener. Default: http://127.0.0.1:PORT, PORT from"
              + " APITWO_MANAGEMENT_PORT, else 9090.")
  private @Nullable String admin;

  @Override
  public Integer call() {
    if (spec == null) {
      throw new IllegalStateException("not called by the command line");
    }
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    URL url = url();
    try {
      HttpURLConnection connection = (HttpURLConnection) url.openConnection();
      connection.setConnectTimeout(TIMEOUT_MILLIS);
      connection.setReadTimeout(TIMEOUT_MILLIS);
      connection.setInstanceFollowRedirects(false);
      int status = connection.getResponseCode();
      InputStream body = status < 400 ? connection.getInputStream() : connection.getErrorStream();
      (status == 200 ? out : err)
          .println(
              body == null
                  ? "status " + status
                  : new String(body.readNBytes(MOST_BYTES), StandardCharsets.UTF_8));
      return status == 200 ? 0 : 1;
    } catch (IOException e) {
      err.println(url + ": " + e.getMessage() + " (expected: a gateway's management listener)");
      return 1;
    }
  }

  private URL url() {
    String port = System.getenv().getOrDefault("APITWO_MANAGEMENT_PORT", "9090");
    String base = admin == null ? "http://127.0.0.1:" + port : admin;
    try {
      URI uri = URI.create(base.replaceFirst("/+$", "") + "/health/ready");
      if (uri.getHost() != null
          && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
        return uri.toURL();
      }
    } catch (IllegalArgumentException | IOException e) {
      // said below, as all that is no such URL
    }
    String where = admin == null ? "APITWO_MANAGEMENT_PORT: " + port : "--admin: " + base;
    throw new ParameterException(
        requireSpec().commandLine(), where + " (expected: such as http://127.0.0.1:9090)");
  }

  private CommandSpec requireSpec() {
    return Objects.requireNonNull(spec);
  }
}
