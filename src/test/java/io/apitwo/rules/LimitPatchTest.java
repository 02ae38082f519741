package io.apitwo.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A limit changes where it stands; what is around it stays, comments too. */
class LimitPatchTest {
  private static final String DOCUMENT =
      """
      # who calls
      upstreams: { u: { builtin: echo } }
      routes: [{ id: r, upstream: u, limits: [a, b] }]
      limits:
        a: # the first
          by: [address] # by address
          windows:
            minute: 5 # few
            # more in an hour
            hour: 100

        # the second
        b: { by: [address], windows: { minute: 7 } } # short
      # the end
      """;

  static Stream<Arguments> changes() {
    return Stream.of(
        Arguments.of("a", "{\"windows\": {\"minute\": 6}}", "minute: 5 # few", "minute: 6 # few"),
        Arguments.of(
            "a",
            "{\"windows\": {\"hour\": null}}",
            "      # more in an hour\n      hour: 100\n",
            "      # more in an hour\n"),
        Arguments.of("a", "{\"windows\": {\"minute\": null}}", "      minute: 5 # few\n", ""),
        Arguments.of(
            "a", "{\"windows\": {\"day\": 900}}", "hour: 100\n", "hour: 100\n      day: 900\n"),
        Arguments.of("a", "{\"shadow\": true}", "hour: 100\n", "hour: 100\n    shadow: true\n"),
        Arguments.of(
            "a",
            "{\"by\": [{\"header\": \"X-Team\"}, \"address\"]}",
            "by: [address] #",
            "by: [{ header: X-Team }, address] #"),
        Arguments.of(
            "a",
            "{\"windows\": null, \"algorithm\": \"concurrency\", \"max\": 3}",
            """
                windows:
                  minute: 5 # few
                  # more in an hour
                  hour: 100
            """,
            ""),
        Arguments.of("b", "{\"windows\": {\"minute\": 8}}", "minute: 7 }", "minute: 8 }"),
        Arguments.of("b", "{\"windows\": {\"hour\": 80}}", "minute: 7 }", "minute: 7, hour: 80 }"),
        Arguments.of(
            "b",
            "{\"windows\": {\"minute\": null, \"hour\": 80}}",
            "{ minute: 7 }",
            "{ hour: 80 }"),
        Arguments.of(
            "b",
            "{\"refusal\": {\"body\": \"no: \\\"more\\\"\"}}",
            "{ minute: 7 } }",
            "{ minute: 7 }, refusal: { body: \"no: \\\"more\\\"\" } }"));
  }

  @ParameterizedTest
  @MethodSource("changes")
  void only_the_place_changes(String limit, String patch, String before, String after)
      throws Exception {
    assertThat(DOCUMENT).contains(before);
    String expected = DOCUMENT.replace(before, after);
    String patched = LimitPatch.apply("patch", DOCUMENT, limit, patch);
    if (patch.contains("max")) { // keys that come in stand at the end
      expected =
          expected.replace(
              "by: [address] # by address\n",
              "by: [address] # by address\n    algorithm: concurrency\n    max: 3\n");
      assertThat(patched.lines().sorted().toList()).isEqualTo(expected.lines().sorted().toList());
    } else {
      assertThat(patched).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "limits:\n  a:\n    by:\n    - address\n    windows: {minute: 5}\n",
        "limits:\n  a:\n    windows: {minute: 5}\n    by:\n      - address",
        "limits: {a: {by: [address], windows: {minute: 5}}}",
        "{\"limits\": {\"a\": {\"by\": [\"address\"], \"windows\": {\"minute\": 5}}}}",
        "limits:\r\n  a:\r\n    by: [address]\r\n    windows: {minute: 5}\r\n",
        "limits:\n  a:\n    by: [address]\n    windows: {minute: 5}\n    refusal: {body: \"\ud83d\ude00\"}\n",
        "limits:\n  a:\n    ? by\n    : [address]\n    ? windows\n    : {minute: 5}\n",
        "limits:\n  'a': {by: [\n   address # x\n  ], windows: {minute: 5, }}\n",
        "limits:\n  a:\n    by: [address]\n    windows: {minute: 5}\n    refusal:\n      body: |\n        no\n\n# end\n",
        "limits:\n    a:\n\n        by: [address]\n        windows:\n            minute: 5",
      })
  void every_form_of_yaml_is_changed(String text) throws Exception {
    Object[][] patches = {
      {"{\"by\": [\"host\", \"address\"]}", "\"by\": [\"host\", \"address\"]"},
      {"{\"windows\": {\"hour\": 9}}", "\"windows\": {\"minute\": 5, \"hour\": 9}"},
      {"{\"windows\": {\"minute\": null, \"hour\": 9}}", "\"windows\": {\"hour\": 9}"},
      {"{\"windows\": null, \"max\": 3}", "\"max\": 3"},
      {"{\"by\": null, \"windows\": null, \"refusal\": null}", "\"limits\": {\"a\": {}}"},
      {"{\"refusal\": {\"body\": \"later\"}}", "\"refusal\": {\"body\": \"later\"}"},
    };
    for (Object[] patch : patches) {
      String patched = LimitPatch.apply("patch", text, "a", (String) patch[0]);
      assertThat(DocumentJson.of("patched", patched)).as(patched).contains((String) patch[1]);
    }
  }

  @Test
  void a_json_document_stays_one() throws Exception {
    String text = "{\"limits\": {\"a\": {\"windows\": {\"minute\": 5}}}}";
    assertThat(LimitPatch.apply("patch", text, "a", "{\"windows\": {\"hour\": 9}}"))
        .isEqualTo("{\"limits\": {\"a\": {\"windows\": {\"minute\": 5, \"hour\": 9}}}}");
  }

  @Test
  void there_is_nothing_to_change_in_a_limit_that_is_not_there() throws Exception {
    assertThat(LimitPatch.apply("patch", DOCUMENT, "c", "{}")).isNull();
    assertThat(LimitPatch.apply("patch", "upstreams: {}", "c", "{}")).isNull();
  }

  @Test
  void a_patch_is_a_mapping() {
    assertThatThrownBy(() -> LimitPatch.apply("patch", DOCUMENT, "a", "[1]"))
        .hasMessage("patch:1:1: a list (expected: a JSON object with what changes of the limit)");
    assertThatThrownBy(() -> LimitPatch.apply("patch", DOCUMENT, "a", "{\"x\": 1, \"x\": 2}"))
        .hasMessageContaining("a repeated key");
  }

  @Test
  void json_has_what_yaml_had() throws Exception {
    String text =
        "a: 0x1F\nb: yes\nc: True\nd: ~\ne: 'it''s'\nf: 1.5\ng: .inf\nh: [\"\\n\", 010]\ni: {}\n";
    assertThat(DocumentJson.of("d", text))
        .isEqualTo(
            "{\"a\": \"0x1F\", \"b\": \"yes\", \"c\": true, \"d\": null, \"e\": \"it's\","
                + " \"f\": 1.5, \"g\": \".inf\", \"h\": [\"\\n\", \"010\"], \"i\": {}}");
  }
}
