package io.apitwo.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RouteMatchTest {
  @ParameterizedTest
  @CsvSource({
    "/**, /, true",
    "/**, /a/b, true",
    "/**, /a//, true",
    "/, /, true",
    "/, /a, false",
    "/api, /api, true",
    "/api, /api/, false",
    "/api, /API, false",
    "/api, /apis, false",
    "/api, /ap, false",
    "/api, /, false",
    "/api/, /api/, true",
    "/api/, /api, false",
    "/api/, /api/x, false",
    "/api/**, /api, true",
    "/api/**, /api/, true",
    "/api/**, /api/x, true",
    "/api/**, /api/x/y/, true",
    "/api/**, /apis, false",
    "/api/**, /ap, false",
    "/api/**, /, false",
    "/*, /a, true",
    "/*, /, false",
    "/*, /a/, false",
    "/*, /a/b, false",
    "/*/, /a/, true",
    "/a/*/c, /a/b/c, true",
    "/a/*/c, /a//c, false",
    "/a/*/c, /a/b/d, false",
    "/a/*/c, /a/b, false",
    "/a/*/**, /a, false",
    "/a/*/**, /a/, false",
    "/a/*/**, /a/b, true",
    "/a/*/**, /a/b/c/d, true",
    "/a.b/~c, /a.b/~c, true",
    "/..a/...., /..a/...., true",
  })
  void a_path_pattern_takes_its_paths(String pattern, String path, boolean taken) {
    assertThat(PathPattern.parse(pattern).matches(path)).isEqualTo(taken);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "a", "**", "//", "/a//b", "//**", "/a/**/b", "/**/", "/a**", "/a*", "/.", "/..",
        "/a/./b", "/a/..", "/a?b", "/a#b", "/a;b", "/a%41", "/a b", "/\u00e9", "/{a b}", "/{}",
            "/{a}/{a}", "/x{a}"
      })
  void what_could_never_match_is_no_path_pattern(String text) {
    assertThat(PathPattern.parse(text)).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "example.com, example.com, true",
    "EXAMPLE.com, example.com, true",
    "example.com, api.example.com, false",
    "example.com, example.org, false",
    "*.example.com, api.example.com, true",
    "*.Example.com, a.b.example.com, true",
    "*.example.com, example.com, false",
    "*.example.com, .example.com, false",
    "*.example.com, badexample.com, false",
    "10.0.0.1, 10.0.0.1, true",
    "example.com, '', false",
    "*.example.com, '', false",
  })
  void a_host_pattern_takes_its_hosts(String pattern, String host, boolean taken) {
    assertThat(HostPattern.parse(pattern).matches(host)).isEqualTo(taken);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "*", "*.", "*.*.a", "a.*", "a:80", "a/b", ".a", "a..b", "a b", "\u00e9.com"})
  void anything_else_is_no_host_pattern(String text) {
    assertThat(HostPattern.parse(text)).isNull();
  }

  @Test
  void get_takes_head_along_and_nothing_else_does() {
    RouteMatch get = new RouteMatch(null, null, List.of("GET"));
    RouteMatch post = new RouteMatch(null, null, List.of("POST", "PUT"));

    assertThat(get.matches("h", "/", "GET")).isTrue();
    assertThat(get.matches("h", "/", "HEAD")).isTrue();
    assertThat(get.matches("h", "/", "get")).isFalse();
    assertThat(post.matches("h", "/", "PUT")).isTrue();
    assertThat(post.matches("h", "/", "HEAD")).isFalse();
  }

  @Test
  void host_path_and_method_must_all_fit() {
    RouteMatch match =
        new RouteMatch(HostPattern.parse("a"), PathPattern.parse("/x"), List.of("GET"));

    assertThat(match.matches("a", "/x", "GET")).isTrue();
    assertThat(match.matches("b", "/x", "GET")).isFalse();
    assertThat(match.matches("a", "/y", "GET")).isFalse();
    assertThat(match.matches("a", "/x", "PUT")).isFalse();
  }

  @Test
  void nothing_given_takes_everything() {
    assertThat(new RouteMatch(null, null, List.of()).matches("", "*", "X")).isTrue();
  }
}
