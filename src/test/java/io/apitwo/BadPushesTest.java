package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.rules.BadDocument;
import io.apitwo.rules.HostileDocumentTest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Documents that must not come into force are pushed into a gateway that serves requests: each is
 * refused whole, and the requests do not notice.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BadPushesTest {
  private static final int MEBIBYTE = 1 << 20;
  private static final String GOOD =
      """
      upstreams: { u: { builtin: echo } }
      routes: [{ id: r, match: { path: "/**" }, upstream: u, limits: [l] }]
      limits:
        l:
          by: [address]
          windows: { month: 900000000 }
      """;

  @TempDir static Path folder;
  private RunningGateway gateway;
  private Admin admin;
  private Thread client;
  private final AtomicBoolean ends = new AtomicBoolean();
  private final AtomicInteger served = new AtomicInteger();
  private final List<String> failed = new ArrayList<>();

  @BeforeAll
  void start() throws Exception {
    gateway = RunningGateway.start(folder, GOOD);
    admin = new Admin(gateway);
    client = new Thread(this::ask, "client");
    client.start();
  }

  @AfterAll
  void stop() throws Exception {
    ends.set(true);
    client.join();
    gateway.close();
    assertThat(failed).isEmpty();
    assertThat(served).hasPositiveValue();
  }

  private void ask() {
    while (!ends.get()) {
      try {
        int status = gateway.get("/").statusCode();
        if (status != 200) {
          failed.add("status " + status);
        }
        served.incrementAndGet();
      } catch (Exception e) {
        failed.add(e.toString());
      }
    }
  }

  static Stream<Arguments> documents() {
    return Stream.of(table(), bombs(), mutants(), patterns(), large(), binaries())
        .flatMap(each -> each);
  }

  private static Stream<Arguments> table() {
    return BadDocument.rules()
        .filter(each -> each.environment().isEmpty())
        .map(each -> Arguments.of(each.name(), each.text()));
  }

  private static Stream<Arguments> bombs() {
    return HostileDocumentTest.bombs();
  }

  /** A good document with one thing wrong, and what remains of it when it is cut off. */
  private static Stream<Arguments> mutants() {
    List<Arguments> all = new ArrayList<>();
    for (String value :
        List.of(
            "-1",
            "0",
            "1.5",
            "1e3",
            "0x10",
            "1_000",
            "01",
            "NaN",
            ".inf",
            "''",
            "yes",
            "null",
            "[]",
            "{}",
            "9999999999999999999",
            "1000000000000000",
            "&a 5",
            "*a",
            "!!int 5",
            "5 5")) {
      all.add(Arguments.of("month: " + value, GOOD.replace("900000000", value)));
    }
    for (String name : List.of("upstreams", "routes", "limits", "by", "windows", "month")) {
      all.add(Arguments.of("no " + name, GOOD.replaceFirst("\\b" + name + ":", name + "s:")));
      all.add(Arguments.of(name + " in Greek", GOOD.replaceFirst("\\b" + name + ":", "\u03b1:")));
    }
    for (String line : GOOD.lines().toList()) {
      all.add(Arguments.of("twice: " + line, GOOD.replace(line + "\n", line + "\n" + line + "\n")));
      all.add(Arguments.of("tabs: " + line, GOOD.replace(line, "\t" + line)));
      all.add(Arguments.of("a colon: " + line, GOOD.replace(line, ": " + line)));
    }
    for (int length = 0; length < GOOD.lastIndexOf("windows"); length += 9) {
      all.add(Arguments.of("the first " + length, GOOD.substring(0, length)));
    }
    return all.stream();
  }

  private static Stream<Arguments> patterns() {
    return Stream.of(
            "(a+)+$",
            "/(a|a)*",
            "/**/**",
            "/a*b",
            "/{",
            "/{}",
            "/{a}{b}",
            "/../x",
            "//",
            "/%zz",
            "a",
            "/a\\u0000",
            "/*".repeat(4_000) + "x**",
            "/" + "{a}/".repeat(200),
            "/a?b",
            "/a#b")
        .map(
            path ->
                Arguments.of(
                    "path " + path.substring(0, Math.min(20, path.length())),
                    GOOD.replace("/**", path)));
  }

  private static Stream<Arguments> large() {
    return Stream.of(
        Arguments.of("10 MB of comments", "#".repeat(10 * MEBIBYTE)),
        Arguments.of(
            "a million routes", GOOD.replace("routes: [", "routes: [" + "{},".repeat(1_000_000))),
        Arguments.of("a million limits", many()),
        Arguments.of(
            "a million methods",
            GOOD.replace("path:", "methods: [" + "A,".repeat(1_000_000) + "], path:")));
  }

  private static String many() {
    StringBuilder text = new StringBuilder(GOOD);
    for (int i = 0; i < 1_000_000; i++) {
      text.append("  l").append(i).append(": {}\n");
    }
    return text.toString();
  }

  private static Stream<Arguments> binaries() {
    return Stream.of(
            "\u0000",
            "\ufeff",
            "\ufffe",
            "\u0085x: 1",
            "\u2028",
            "\ud83d\ude00",
            "%YAML 3.0\n---\na: 1",
            "---\n...\n---\n")
        .map(text -> Arguments.of("bytes", text));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("documents")
  void what_is_wrong_is_refused_whole(String name, String text) throws Exception {
    HttpResponse<String> refused = admin.put(text.isEmpty() ? "\n" : text);
    assertThat(refused.statusCode()).as(refused.body()).isIn(422, 413);
    assertThat(refused.body().length()).isLessThan(2 * MEBIBYTE);
    assertThat(admin.get("/admin/v1/rules").body()).isEqualTo(GOOD);
    assertThat(admin.revision()).isEqualTo(1);
    assertThat(failed).isEmpty();
  }

  @Test
  void there_are_at_least_three_hundred_of_them() {
    assertThat(documents().map(each -> each.get()[1]).distinct().count())
        .isGreaterThanOrEqualTo(300);
  }
}
