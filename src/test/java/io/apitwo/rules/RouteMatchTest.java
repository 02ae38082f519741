package io.apitwo.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RouteMatchTest {
  @ParameterizedTest
  @CsvSource({
    "/**, /, true",
    "/**, /a/b, true",
    "/api/**, /api, true",
    "/api/**, /api/, true",
    "/api/**, /api/a/b, true",
    "/api/**, /apix, false",
    "/api/**, /, false",
    "/api/*, /api/a, true",
    "/api/*, /api/, false",
    "/api/*, /api, false",
    "/api/*, /api/a/b, false",
    "/api/*/x, /api/a/x, true",
    "/api/*/x, /api/a/y, false",
    "/login, /login, true",
    "/login, /login/, false",
    "/login, /Login, false",
    "/login/, /login/, true",
    "/login/, /login, false",
    "/, /, true",
    "/, /a, false",
    "/*/**, /a, true",
    "/*/**, /, false",
  })
  void a_path_pattern_takes_just_what_it_says(String pattern, String path, boolean taken) {
    assertThat(RouteMatch.isPath(pattern)).isTrue();
    assertThat(RouteMatch.of(null, pattern, List.of()).matches("h", path, "GET")).isEqualTo(taken);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "api", "/a//b", "/a/**/b", "/a?b", "/a#b", "/a;b", "/..", "/a/./b", "/a%20b", "/a*"
      })
  void other_patterns_are_refused(String pattern) {
    assertThat(RouteMatch.isPath(pattern)).isFalse();
  }

  @ParameterizedTest
  @CsvSource({
    "api.example.com, api.example.com, true",
    "API.example.com, api.example.com, true",
    "api.example.com, x.api.example.com, false",
    "*.example.com, api.example.com, true",
    "*.example.com, a.b.example.com, true",
    "*.example.com, example.com, false",
    "*.example.com, badexample.com, false",
  })
  void a_host_is_exact_or_any_below(String pattern, String host, boolean taken) {
    assertThat(RouteMatch.isHost(pattern)).isTrue();
    assertThat(RouteMatch.of(pattern, null, List.of()).matches(host, "/", "GET")).isEqualTo(taken);
  }

  @ParameterizedTest
  @CsvSource({"GET, true", "HEAD, true", "POST, true", "DELETE, false", "get, false"})
  void get_takes_head_too(String method, boolean taken) {
    RouteMatch match = RouteMatch.of(null, null, List.of("GET", "POST"));
    assertThat(match.matches("h", "/", method)).isEqualTo(taken);
  }
}
