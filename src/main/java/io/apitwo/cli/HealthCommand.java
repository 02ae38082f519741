package io.apitwo.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
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
    footer = {
      "",
      "Exit: 0 ready, 1 not ready, no answer or settings that are refused, 2 wrong use."
    })
public final class HealthCommand implements Callable<Integer> {
  private static final int TIMEOUT_MILLIS = 2_000;
  private static final int MOST_BYTES = 4_096;

  @Spec private @Nullable CommandSpec spec;
  @Mixin private final AdminAddress address = new AdminAddress(System.getenv());

  @Override
  public Integer call() {
    if (spec == null) {
      throw new IllegalStateException("not called by the command line");
    }
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    URI url;
    try {
      url = URI.create(address.url() + "/health/ready");
    } catch (CommandFailedException e) {
      err.println(e.getMessage());
      return 1;
    }
    try {
      HttpURLConnection connection = (HttpURLConnection) url.toURL().openConnection();
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
}
