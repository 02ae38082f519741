package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarFile;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The executable jar as its users run it: a process of its own, in an empty folder. */
class JarIT {
  private static final Pattern READY =
      Pattern.compile(
          "apitwo ready proxy=http://127\\.0\\.0\\.1:(\\d+) management=http://127\\.0\\.0\\.1:(\\d+)"
              + " store=embedded transport=(io_uring|epoll|nio) revision=1");
  private static final int MIB = 1 << 20;

  @TempDir Path folder;
  private final List<Process> processes = new ArrayList<>();

  @AfterEach
  void end() {
    processes.forEach(Process::destroyForcibly);
  }

  private ProcessBuilder jar(List<String> flags, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags);
    command.addAll(List.of("-jar", System.getProperty("apitwo.jar")));
    command.addAll(Arrays.asList(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().keySet().removeIf(JarIT::disturbs);
    builder.environment().put("APITWO_PROXY_PORT", "0");
    builder.environment().put("APITWO_MANAGEMENT_PORT", "0");
    return builder;
  }

  /** Whether a variable of whoever runs the tests would change what the jar does or prints. */
  private static boolean disturbs(String variable) {
    return variable.startsWith("APITWO_")
        || variable.startsWith("REDIS_")
        || List.of("JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS").contains(variable);
  }

  /** Runs to the end. */
  private Result run(String... arguments) throws Exception {
    return finish(jar(List.of(), arguments));
  }

  private Result finish(ProcessBuilder builder) throws Exception {
    Path out = Files.createTempFile(folder, "out", ".txt");
    Path err = Files.createTempFile(folder, "err", ".txt");
    Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    processes.add(process);
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("ended").isTrue();
    return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  record Result(int exit, String out, String err) {}

  /** A running gateway; its ports are in the ready line. */
  private Running start(List<String> flags, String... arguments) throws Exception {
    Path err = Files.createTempFile(folder, "err", ".txt");
    Process process = jar(flags, arguments).redirectError(err.toFile()).start();
    processes.add(process);
    BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
    String line = CompletableFuture.supplyAsync(() -> readLine(out)).get(60, TimeUnit.SECONDS);
    Matcher ready = READY.matcher(String.valueOf(line));
    assertThat(ready.matches()).as("%s / %s", line, Files.readString(err)).isTrue();
    return new Running(
        process, out, err, Integer.parseInt(ready.group(1)), Integer.parseInt(ready.group(2)));
  }

  record Running(Process process, BufferedReader out, Path err, int port, int management) {}

  /** Not {@link Process#destroy}, which closes the streams too. */
  private static void signal(Running gateway, String name) throws Exception {
    String pid = Long.toString(gateway.process.pid());
    assertThat(new ProcessBuilder("kill", "-" + name, pid).start().waitFor()).isZero();
  }

  private static String readLine(BufferedReader reader) {
    try {
      return reader.readLine();
    } catch (IOException e) {
      return null;
    }
  }

  private static HttpResponse<String> get(int port, String path) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(Duration.ofSeconds(20))
            .build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
  }

  private Path rules(String text) throws IOException {
    Path file = folder.resolve("my-rules.yaml");
    Files.writeString(file, text);
    return file;
  }

  @Test
  void without_any_file_it_runs_on_its_built_in_copies() throws Exception {
    Running gateway = start(List.of());
    assertThat(get(gateway.port, "/").body()).isEqualTo("{\"origin\":\"127.0.0.1\"}");
    assertThat(get(gateway.management, "/health/ready").statusCode()).isEqualTo(200);
    assertThat(folder.resolve("data/admin.token")).exists();
    assertThat(Files.readString(gateway.err)).doesNotContain("WARN", "ERROR", "\tat ");
  }

  @Test
  void what_is_packed_into_it_comes_with_its_notices_and_licence() throws Exception {
    try (JarFile jar = new JarFile(System.getProperty("apitwo.jar"))) {
      assertThat(text(jar, "META-INF/NOTICE"))
          .contains("The APITWO authors", "Jackson JSON processor", "Micrometer")
          .doesNotContain("2026 The Apache Software Foundation");
      assertThat(text(jar, "META-INF/LICENSE")).contains("Apache License");
    }
  }

  private static String text(JarFile jar, String name) throws IOException {
    try (InputStream in = jar.getInputStream(jar.getEntry(name))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void on_sigterm_it_finishes_what_is_under_way_and_exits_143() throws Exception {
    CompletableFuture<HttpServerRequest> arrived = new CompletableFuture<>();
    try (TestUpstream upstream = new TestUpstream(arrived::complete)) {
      Files.createDirectories(folder.resolve("conf"));
      Files.writeString(folder.resolve("conf/apitwo.yaml"), "accessLog: text\n");
      Running gateway = start(List.of(), "--rules", rules(upstream.rules("")).toString());
      CompletableFuture<HttpResponse<String>> answer =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return get(gateway.port, "/slow");
                } catch (Exception e) {
                  throw new AssertionError(e);
                }
              });
      HttpServerRequest request = arrived.get(20, TimeUnit.SECONDS);
      signal(gateway, "TERM");
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .ignoreExceptions()
          .until(() -> get(gateway.management, "/health/ready").statusCode() == 503);
      request.response().end("done");
      assertThat(answer.get(20, TimeUnit.SECONDS).body()).isEqualTo("done");
      assertThat(gateway.process.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(gateway.process.exitValue()).isEqualTo(143);
      assertThat(gateway.out.lines().toList()).last().isEqualTo("apitwo stopped");
    }
  }

  /** What the rules name lies in another file, which nobody watches: only the signal tells. */
  @Test
  void sighup_reads_the_rules_again() throws Exception {
    try (TestUpstream one = new TestUpstream(request -> request.response().end("one"));
        TestUpstream two = new TestUpstream(request -> request.response().end("two"))) {
      Path target = folder.resolve("target");
      Files.writeString(target, "http://127.0.0.1:" + one.port());
      Path file =
          rules(
              "upstreams: { up: { targets: [\"${file:"
                  + target
                  + "}\"] } }\nroutes: [{ id: all, upstream: up }]\n");
      Running gateway = start(List.of(), "--rules", file.toString());
      assertThat(get(gateway.port, "/").body()).isEqualTo("one");
      Files.writeString(target, "http://127.0.0.1:" + two.port());
      signal(gateway, "HUP");
      Awaitility.await()
          .atMost(Duration.ofSeconds(20))
          .ignoreExceptions()
          .until(() -> get(gateway.port, "/").body().equals("two"));
      assertThat(gateway.process.isAlive()).isTrue();
    }
  }

  @Test
  void beside_a_gateway_its_rules_change_without_a_word_about_the_token() throws Exception {
    Running gateway = start(List.of());
    String admin = "http://127.0.0.1:" + gateway.management;
    Result got = run("rules", "get", "--admin", admin);
    assertThat(got.exit).as(got.err).isZero();
    String other = rules(got.out.replace("minute: 5,", "minute: 2,")).toString();
    assertThat(run("rules", "diff", other, "--admin", admin).exit).isEqualTo(1);
    Result put = run("rules", "put", other, "--if-match", "1", "--admin", admin);
    assertThat(put.exit).as(put.err).isZero();
    assertThat(put.out).startsWith("revision 2, sha256 ");
    assertThat(run("rules", "diff", other, "--admin", admin).exit).isZero();
    assertThat(get(gateway.port, "/").headers().firstValue("RateLimit-Policy"))
        .hasValueSatisfying(policy -> assertThat(policy).startsWith("\"minute\";q=2;"));
    assertThat(run("nodes", "--admin", admin).out).contains("answers here");
    assertThat(run("rules").exit).isEqualTo(2);
  }

  @Test
  void a_bad_file_ends_the_start_with_every_error_and_no_stack_trace() throws Exception {
    Path file =
        rules(
            "upstreams: { e: { builtin: echo } }\nroutes: [{ id: a, upstream: nope, cost: -1 }]\n");
    Result result = run("--rules", file.toString());
    assertThat(result.exit).isEqualTo(1);
    assertThat(result.err.lines())
        .containsExactly(
            file + ":2:29: routes[0].upstream: nope (expected: the name of an upstream: e)",
            file + ":2:41: routes[0].cost: -1 (expected: an integer from 1 to 1000000)");
    assertThat(run("--rules", "nowhere.yaml"))
        .isEqualTo(
            new Result(1, "", "nowhere.yaml: cannot be read (expected: a readable UTF-8 file)\n"));
  }

  @Test
  void what_is_in_the_way_of_a_start_is_named_by_its_setting() throws Exception {
    Files.writeString(folder.resolve("file"), "nothing\n");
    assertThat(startWith("DATA_DIR", "file"))
        .isEqualTo(
            "dataDir: file/admin.token: cannot be made"
                + " (expected: a folder that can be made and written to)\n");
    assertThat(startWith("MANAGEMENT_TOKEN_FILE", "."))
        .startsWith("management.tokenFile: .: cannot be read (expected: ");
    assertThat(startWith("PROXY_TLS_PORT", "0", "PROXY_TLS_CERT", "file", "PROXY_TLS_KEY", "file"))
        .isEqualTo("proxy.tls.cert: file (expected: a readable PEM file with certificates)\n");
  }

  private String startWith(String... settings) throws Exception {
    ProcessBuilder jar = jar(List.of());
    for (int i = 0; i < settings.length; i += 2) {
      jar.environment().put("APITWO_" + settings[i], settings[i + 1]);
    }
    Result result = finish(jar);
    assertThat(result.exit).isEqualTo(1);
    return result.err;
  }

  @Test
  void a_file_without_end_is_too_long_and_no_more() throws Exception {
    Path huge = Files.write(folder.resolve("huge.yaml"), new byte[40 * MIB]);
    String tooLong = huge + ": too long (expected: at most 1048576 bytes)\n";
    for (List<String> arguments :
        List.of(
            List.of("check", "--rules", huge.toString()),
            List.of("--rules", huge.toString()),
            List.of("--settings", huge.toString()))) {
      Result result = finish(jar(List.of("-Xmx32m"), arguments.toArray(String[]::new)));
      assertThat(result).isEqualTo(new Result(1, "", tooLong));
    }
  }

  @Test
  void a_port_in_use_is_said_in_one_line() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, java.net.InetAddress.getByName("127.0.0.1"))) {
      ProcessBuilder jar = jar(List.of());
      jar.environment().put("APITWO_PROXY_PORT", Integer.toString(taken.getLocalPort()));
      Result result = finish(jar);
      assertThat(result.exit).isEqualTo(1);
      assertThat(result.err.lines())
          .singleElement()
          .asString()
          .startsWith("proxy.port: " + taken.getLocalPort() + " cannot be listened on");
    }
  }

  @Test
  void check_says_whether_a_file_would_be_taken() throws Exception {
    Path file = rules(LimitingTest.echo("by: [address], windows: { month: 1 }"));
    Result good = run("check", "--rules", file.toString());
    assertThat(good.exit).isZero();
    assertThat(good.out).isEqualTo(file + ": ok, 1 routes, 1 limits, 1 upstreams\n");
    Files.writeString(file, LimitingTest.echo("by: [address], windows: { month: -1 }"));
    Result bad = run("check", "--rules", file.toString());
    assertThat(bad.exit).isEqualTo(1);
    assertThat(bad.err)
        .isEqualTo(
            file
                + ":3:55: limits.default.windows.month: -1"
                + " (expected: an integer from 1 to 999999999999999)\n");
  }

  @Test
  void key_new_prints_a_key_and_its_hash() throws Exception {
    Result made = run("key", "new", "--consumer", "acme");
    assertThat(made.exit).isZero();
    assertThat(made.out)
        .matches(
            "key    ak_(\\w+)_\\S{43}\n"
                + "rules  - \\{ hash: \"(\\1:\\S+)\", consumer: acme }\n"
                + "redis  redis-cli HSET apitwo:keys:\\1 hash \\2 consumer acme\n");
    assertThat(run("key").exit).isEqualTo(2);
  }

  @Test
  void explain_says_which_limits_a_request_meets_and_why() throws Exception {
    String rules = Path.of("conf/recipes/freemium.yaml").toAbsolutePath().toString();
    Result pro =
        run("explain", "--rules", rules, "--request", "{\"url\": \"/v1\", \"consumer\": \"acme\"}");
    assertThat(pro.err).isEmpty();
    assertThat(pro.exit).isZero();
    assertThat(pro.out)
        .contains("route     everything\n", "plan      pro\n", "verdict   allowed\n")
        .contains("limit     default (fixed) client acme~1: minute 100, day 20000, month 300000\n");
    Result bad = run("explain", "--rules", rules, "--request", "{\"method\": \"GET\"}");
    assertThat(bad.exit).isEqualTo(1);
    assertThat(bad.err).startsWith("request:1:1: url: ");
    assertThat(run("explain", "--rules", rules).exit).isEqualTo(2);
  }

  @Test
  void it_explains_itself_and_refuses_wrong_use() throws Exception {
    assertThat(run("--help").out).contains("--settings", "--rules", "check");
    assertThat(run("--version").out).matches("apitwo \\d+\\.\\d+\\.\\d+.*\n");
    Result wrong = run("--nonsense");
    assertThat(wrong.exit).isEqualTo(2);
    assertThat(wrong.err).contains("--nonsense").doesNotContain("\tat ");
    assertThat(run("check").exit).isEqualTo(2);
    assertThat(run("run", "--help").out).startsWith("Usage: apitwo run ");
    Result misplaced = run("--rules", "my.yaml", "run");
    assertThat(misplaced.exit).isEqualTo(2);
    assertThat(misplaced.err)
        .startsWith("--rules before the subcommand (expected: apitwo run --rules …)");
  }

  @Test
  void a_gibibyte_each_way_passes_in_a_flat_heap() throws Exception {
    try (TestUpstream upstream = new TestUpstream(JarIT::gibibyte)) {
      Running gateway =
          start(
              List.of("-Xmx96m", "-XX:MaxDirectMemorySize=64m", "-XX:+ExitOnOutOfMemoryError"),
              "--rules",
              rules(upstream.rules("")).toString());
      try (Socket socket = new Socket("127.0.0.1", gateway.port)) {
        socket.setSoTimeout(60_000);
        OutputStream out = socket.getOutputStream();
        out.write(
            ("POST /up HTTP/1.1\r\nHost: h\r\nContent-Length: " + 1024L * MIB + "\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII));
        byte[] chunk = new byte[MIB];
        for (int i = 0; i < 1024; i++) {
          out.write(chunk);
        }
        InputStream in = socket.getInputStream();
        assertThat(head(in)).startsWith("HTTP/1.1 200");
        assertThat(new String(in.readNBytes(10), StandardCharsets.US_ASCII))
            .isEqualTo("1073741824");
        out.write("GET /down HTTP/1.1\r\nHost: h\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        assertThat(head(in)).startsWith("HTTP/1.1 200").contains("1073741824");
        in.skipNBytes(1024L * MIB);
      }
      assertThat(get(gateway.management, "/health/live").statusCode()).isEqualTo(200);
    }
  }

  private static final String THREE_LIMITS =
      """
      upstreams: { echo: { builtin: echo } }
      routes: [{ id: all, upstream: echo, limits: [a, b, c] }]
      limits:
        a: { by: [{ header: X-Id }], windows: { month: 9 } }
        b: { by: [{ header: X-Id }], windows: { month: 9 } }
        c: { by: [{ header: X-Id }], windows: { month: 9 } }
      """;

  /**
   * Sends requests, each of a client that was never seen before, as many as are answered.
   *
   * @return how many of them were
   */
  private static int strangers(int port, int most) throws Exception {
    int batch = 500;
    int answered = 0;
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout(60_000);
      InputStream in = new java.io.BufferedInputStream(socket.getInputStream());
      while (answered < most) {
        StringBuilder requests = new StringBuilder();
        for (int i = 0; i < batch; i++) {
          requests
              .append("GET / HTTP/1.1\r\nHost: h\r\nX-Id: ")
              .append(String.format("%0100d", answered + i))
              .append("\r\n\r\n");
        }
        socket.getOutputStream().write(requests.toString().getBytes(StandardCharsets.US_ASCII));
        for (int i = 0; i < batch; i++, answered++) {
          head(in);
          in.skipNBytes("{\"origin\":\"127.0.0.1\"}".length());
        }
      }
    } catch (IOException ended) {
      // the process is gone
    }
    return answered;
  }

  @Test
  void more_clients_than_a_small_heap_can_hold_cost_neither_life_nor_answers() throws Exception {
    Path file = rules(THREE_LIMITS.replace("month: 9", "month: 999999"));
    Running gateway = start(List.of("-Xmx56m"), "--rules", file.toString());
    assertThat(strangers(gateway.port, 80_000)).isEqualTo(80_000);
    assertThat(get(gateway.management, "/health/ready").statusCode()).isEqualTo(200);
    assertThat(Files.readString(gateway.err)).doesNotContain("ERROR", "Error");
  }

  @Test
  void without_memory_the_process_ends_and_says_why() throws Exception {
    Files.createDirectories(folder.resolve("conf"));
    Files.writeString(folder.resolve("conf/apitwo.yaml"), "store: { maxEntries: 10000000 }\n");
    Running gateway = start(List.of("-Xmx48m"), "--rules", rules(THREE_LIMITS).toString());
    for (int i = 0; i < 100 && gateway.process.isAlive(); i++) {
      strangers(gateway.port, 1_000_000);
    }
    assertThat(gateway.process.waitFor(60, TimeUnit.SECONDS)).as("ended").isTrue();
    assertThat(gateway.process.exitValue()).isEqualTo(1);
    assertThat(Files.readString(gateway.err))
        .contains("store.maxEntries: 10000000 may not fit this heap")
        .contains("apitwo stopped: out of memory");
  }

  private static String head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("ended amid a head");
      }
      head.append((char) next);
    }
    return head.toString();
  }

  private static void gibibyte(HttpServerRequest request) {
    if (request.path().equals("/up")) {
      long[] bytes = {0};
      request.handler(chunk -> bytes[0] += chunk.length());
      request.endHandler(
          end -> request.response().putHeader("Content-Length", "10").end(Long.toString(bytes[0])));
      return;
    }
    request.response().putHeader("Content-Length", Long.toString(1024L * MIB));
    pump(request, Buffer.buffer(new byte[MIB]), new int[] {1024});
  }

  private static void pump(HttpServerRequest request, Buffer chunk, int[] left) {
    while (left[0] > 0 && !request.response().writeQueueFull()) {
      left[0]--;
      request.response().write(chunk);
    }
    if (left[0] == 0) {
      request.response().end();
    } else {
      request.response().drainHandler(drained -> pump(request, chunk, left));
    }
  }
}
