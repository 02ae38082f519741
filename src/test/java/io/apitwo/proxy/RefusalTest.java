package io.apitwo.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RefusalTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/problem+json",
        "Application/Problem+JSON;q=0.5",
        "text/html, application/problem+json ; charset=utf-8; q=0.001",
        "application/problem+json;q=0, application/problem+json"
      })
  void a_client_that_names_the_problem_type_gets_one(String accept) {
    assertThat(Refusal.wantsProblem(List.of(accept))).isTrue();
    assertThat(Refusal.wantsProblem(List.of("text/html", accept))).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ";",
        "*/*",
        "application/json",
        "application/problem+json;q=0",
        "application/problem+json; q=0.000",
        "application/problem+jsonx",
        "text/html;x=application/problem+json"
      })
  void others_get_plain_json(String accept) {
    assertThat(Refusal.wantsProblem(List.of(accept))).isFalse();
  }

  @Test
  void who_accepts_nothing_in_particular_gets_plain_json() {
    assertThat(Refusal.wantsProblem(List.of())).isFalse();
  }
}
