package io.apitwo.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class BadDocumentsTest {
  private static final Map<String, String> SECRETS = Map.of("SECRET", "hunter2 hunter2");

  @ParameterizedTest
  @MethodSource("io.apitwo.rules.BadDocument#rules")
  void rules_are_refused_with_everything_that_is_wrong(BadDocument bad) {
    InvalidDocumentException e =
        catchThrowableOfType(
            InvalidDocumentException.class,
            () -> RulesDocument.parse("rules.yaml", bad.text(), SECRETS::get));

    assertThat(e).isNotNull().hasMessage(bad.message());
    assertThat(e.getMessage()).doesNotContain("hunter2");
  }

  @ParameterizedTest
  @MethodSource("io.apitwo.rules.BadDocument#settings")
  void settings_are_refused_with_everything_that_is_wrong(BadDocument bad) {
    InvalidDocumentException e =
        catchThrowableOfType(
            InvalidDocumentException.class,
            () -> SettingsDocument.parse("apitwo.yaml", bad.text(), bad.environment()));

    assertThat(e).isNotNull().hasMessage(bad.message());
    assertThat(e.getMessage()).doesNotContain("hunter2");
  }

  @Test
  void a_problem_carries_its_parts() {
    String text = "upstreams: {u: {builtin: echo}}\nroutes: [{id: r, upstream: u, cost: 0}]\n";
    InvalidDocumentException e =
        catchThrowableOfType(
            InvalidDocumentException.class, () -> RulesDocument.parse("r", text, name -> null));

    assertThat(e.problems())
        .containsExactly(
            new Problem("r", 2, 37, "routes[0].cost", "0", "an integer from 1 to 1000000"));
  }
}
