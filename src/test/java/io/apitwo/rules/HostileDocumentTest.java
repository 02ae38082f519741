package io.apitwo.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

public class HostileDocumentTest {
  private static final int MEBIBYTE = 1 << 20;

  public static Stream<Arguments> bombs() {
    StringBuilder laughs = new StringBuilder("a0: &a0 [x]\n");
    for (int i = 1; i < 30; i++) {
      String before = "*a" + (i - 1);
      laughs.append("a%d: &a%d [%s, %s]\n".formatted(i, i, before, before));
    }
    return Stream.of(
        Arguments.of("a billion laughs", laughs.toString()),
        Arguments.of("brackets", "[".repeat(MEBIBYTE)),
        Arguments.of("braces", "{".repeat(MEBIBYTE)),
        Arguments.of("braces with keys", "{a: ".repeat(MEBIBYTE / 4)),
        Arguments.of("dashes", "- ".repeat(MEBIBYTE / 2)),
        Arguments.of("question marks", "? ".repeat(MEBIBYTE / 2)),
        Arguments.of("a mebibyte of items", "[" + "a,".repeat(MEBIBYTE / 2 - 1) + "]"),
        Arguments.of("an endless key", "k".repeat(MEBIBYTE - 2) + ": "),
        Arguments.of("an endless quote", "\"" + "x".repeat(MEBIBYTE - 1)),
        Arguments.of("an escape that the end cuts off", "\"\\u"),
        Arguments.of("a short escape that the end cuts off", "\"\\x"),
        Arguments.of("an escape of no character", "\"\\Uffffffff\""),
        Arguments.of("a tag that the end cuts off", "!<%"),
        Arguments.of("many unknown keys", manyKeys()),
        Arguments.of("many wrong routes", "routes: [" + "{},".repeat(MEBIBYTE / 3 - 4) + "]"),
        Arguments.of("many unknown limits", manyReferences()),
        Arguments.of("a long key above many", longKeyAboveMany()),
        Arguments.of("many parts", "limits: {a: {by: [" + manyParts() + "]}}"),
        Arguments.of("too long", " ".repeat(MEBIBYTE) + "a"),
        Arguments.of("too long in UTF-8", "\u20ac".repeat(MEBIBYTE / 3 + 1)));
  }

  private static String manyKeys() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; text.length() < MEBIBYTE - 20; i++) {
      text.append("key").append(i).append(": 1\n");
    }
    return text.toString();
  }

  private static String manyParts() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; text.length() < MEBIBYTE - 100; i++) {
      text.append("{header: h").append(i).append("},");
    }
    return text.toString();
  }

  private static String manyReferences() {
    StringBuilder text = new StringBuilder("limits: {");
    for (int i = 0; i < 20_000; i++) {
      text.append("limit").append(i).append(": {}, ");
    }
    text.append("}\nupstreams: {u: {builtin: echo}}\nroutes: [{id: r, upstream: u, limits: [");
    for (int i = 0; i < 30_000; i++) {
      text.append("lomit").append(i).append(", ");
    }
    return text.append("]}]\n").toString();
  }

  private static String longKeyAboveMany() {
    String key = "k".repeat(MEBIBYTE / 2);
    return "limits:\n  ? " + key + "\n  : [" + "*a ,".repeat(MEBIBYTE / 8 - 20) + "]\n";
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("bombs")
  void a_bomb_is_refused_before_long_and_in_few_words(String name, String text) {
    List<Problem> problems =
        assertTimeoutPreemptively(Duration.ofSeconds(20), () -> problems(text));

    assertThat(problems).isNotEmpty().hasSizeLessThanOrEqualTo(1_000);
    assertThat(problems).allMatch(problem -> problem.toString().length() < 3_000);
  }

  @Property(tries = 2_000)
  void any_text_is_read_or_refused_with_printable_problems(@ForAll("texts") String text) {
    assertThat(problems(text))
        .allMatch(problem -> problem.toString().chars().allMatch(c -> c >= ' ' && c <= '~'))
        .allMatch(problem -> problem.line() >= 1);
  }

  @Provide
  Arbitrary<String> texts() {
    Arbitrary<String> pieces =
        Arbitraries.of(
            "upstreams",
            "routes",
            "limits",
            "u",
            "by",
            "a",
            "5",
            "~",
            "''",
            "\"",
            ":",
            ": ",
            "- ",
            "? ",
            "[",
            "]",
            "{",
            "}",
            ",",
            "\n",
            "\n  ",
            "\t",
            "&x ",
            "*x",
            "!!str ",
            "!",
            "|",
            ">",
            "%",
            "---",
            "...",
            "#",
            "${",
            "${A}",
            "<<: ",
            "\\",
            "\r",
            "\ufeff",
            "\u2028",
            "\ud800");
    return pieces.list().ofMaxSize(30).map(list -> String.join("", list));
  }

  private static List<Problem> problems(String text) {
    try {
      RulesDocument.parse("rules.yaml", text, name -> null);
      return List.of();
    } catch (InvalidDocumentException e) {
      return e.problems();
    }
  }
}
