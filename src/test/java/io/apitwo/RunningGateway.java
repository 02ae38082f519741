package io.apitwo;

import io.apitwo.config.Revision;
import io.apitwo.config.RulesFile;
import io.apitwo.rules.Settings;
import io.apitwo.rules.SettingsDocument;
import io.apitwo.telemetry.Logging;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * A whole gateway in this process, on free ports, with a rules file of its own; and a client to
 * speak to it.
 */
public final class RunningGateway implements AutoCloseable {
  public static final String TOKEN = "a-token-for-tests-only";

  public final Gateway gateway;
  public final Path rules;
  public final ByteArrayOutputStream log = new ByteArrayOutputStream();
  public final ByteArrayOutputStream accessLog = new ByteArrayOutputStream();
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private RunningGateway(Gateway gateway, Path rules) {
    this.gateway = gateway;
    this.rules = rules;
  }

  /**
   * @param folder for its files
   * @param settings as environment variables without their prefix: name, value, …
   */
  public static RunningGateway start(Path folder, String rulesText, String... settings)
      throws Exception {
    Map<String, String> environment = new HashMap<>();
    environment.put("APITWO_PROXY_PORT", "0");
    environment.put("APITWO_MANAGEMENT_PORT", "0");
    environment.put("APITWO_MANAGEMENT_TOKEN", TOKEN);
    environment.put("APITWO_DRAIN_TIMEOUT", "3s");
    environment.put("APITWO_DATA_DIR", folder.resolve("data").toString());
    for (int i = 0; i < settings.length; i += 2) {
      environment.put("APITWO_" + settings[i], settings[i + 1]);
    }
    Path rules = folder.resolve("rules.yaml");
    Files.writeString(rules, rulesText);
    Settings parsed = SettingsDocument.parse("test", "", environment);
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    RulesFile file = new RulesFile(rules);
    Revision first = Revision.compile(1, "rules.yaml", file.read());
    Gateway gateway = Gateway.start(parsed, first, file);
    RunningGateway running = new RunningGateway(gateway, rules);
    Logging.configure(
        false, parsed.accessLog() != Settings.AccessLog.OFF, running.log, running.accessLog);
    return running;
  }

  public URI uri(String path) {
    return URI.create("http://127.0.0.1:" + gateway.proxyPort() + path);
  }

  public HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(uri(path)).timeout(Duration.ofSeconds(20));
  }

  public HttpResponse<String> get(String path, String... headers) throws Exception {
    HttpRequest.Builder request = request(path);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return send(request);
  }

  public HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  public HttpResponse<String> manage(String path, String... headers) throws Exception {
    URI uri = URI.create("http://127.0.0.1:" + gateway.managementPort() + path);
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(Duration.ofSeconds(20));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return send(request);
  }

  /** Sends bytes as they are, and reads until the gateway closes. */
  public String raw(String message) throws IOException {
    try (Socket socket = connect()) {
      send(socket, message);
      return rest(socket);
    }
  }

  /** The plain port. */
  public InetSocketAddress address() {
    return new InetSocketAddress("127.0.0.1", gateway.proxyPort());
  }

  /** A connection to the plain port. */
  public Socket connect() throws IOException {
    Socket socket = new Socket("127.0.0.1", gateway.proxyPort());
    socket.setSoTimeout(20_000);
    return socket;
  }

  public static void send(Socket socket, String message) throws IOException {
    socket.getOutputStream().write(message.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** What comes until the other side closes; a reset ends it too, once something has come. */
  public static String rest(Socket socket) throws IOException {
    StringBuilder text = new StringBuilder();
    try {
      for (int b = socket.getInputStream().read(); b >= 0; b = socket.getInputStream().read()) {
        text.append((char) b);
      }
    } catch (SocketException reset) {
      if (text.isEmpty()) {
        throw reset;
      }
    }
    return text.toString();
  }

  /** What comes up to and with some text. */
  public static String until(Socket socket, String end) throws IOException {
    StringBuilder text = new StringBuilder();
    while (text.indexOf(end) < 0) {
      int b = socket.getInputStream().read();
      if (b < 0) {
        throw new IOException("ended after: " + text);
      }
      text.append((char) b);
    }
    return text.toString();
  }

  /** Saves the rules file in one step, as editors do. */
  public void saveRules(String text) throws IOException {
    Path beside = rules.resolveSibling("rules.new");
    Files.writeString(beside, text);
    Files.move(beside, rules, StandardCopyOption.ATOMIC_MOVE);
  }

  @Override
  public void close() {
    gateway.close();
    Logging.stop();
  }
}
