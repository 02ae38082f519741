package io.apitwo.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RequestTargetTest {
  private static RequestTarget of(String uri) throws RequestTarget.Malformed {
    return RequestTarget.of(uri, List.of("example.com"), false);
  }

  @ParameterizedTest
  @CsvSource({
    "/login, /login, /login",
    "/, /, /",
    "//login, /login, /login",
    "/./login, /login, /login",
    "/x/../login, /login, /login",
    "/%6cogin, /login, /login",
    "/%6Cogin, /login, /login",
    "/%2e/login, /login, /login",
    "/x/%2E%2e/login, /login, /login",
    "/login/., /login/, /login/",
    "/login/, /login/, /login/",
    "/login//, /login/, /login/",
    "/a/b/.., /a/, /a/",
    "/a/.., /, /",
    "/login;x=1, /login;x=1, /login",
    "/login%3bx, /login%3Bx, /login",
    "/a;x/b, /a;x/b, /a/b",
    "/a%20b, /a%20b, /a%20b",
    "/a%c3%a9, /a%C3%A9, /a%C3%A9",
    "/a{b}|^, /a%7Bb%7D%7C%5E, /a%7Bb%7D%7C%5E",
    "/%21, /%21, /%21",
    "/a.b, /a.b, /a.b",
    "/.well-known/x, /.well-known/x, /.well-known/x",
    "/.../x, /.../x, /.../x",
  })
  void a_path_has_one_spelling(String uri, String path, String matchPath)
      throws RequestTarget.Malformed {
    RequestTarget target = of(uri);
    assertThat(target.path()).isEqualTo(path);
    assertThat(target.matchPath()).isEqualTo(matchPath);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "login",
        "*",
        "/../login",
        "/a/../../b",
        "/a%2fb",
        "/a%2Fb",
        "/a%5cb",
        "/a\\b",
        "/a%00b",
        "/a%0ab",
        "/a%7f",
        "/a%",
        "/a%z",
        "/a%zz",
        "/a%2",
        "/a b",
        "/a\u0001",
        "/aé",
        "/a#b",
        "/a?b#c",
        "/a?b c",
        "/..;/a",
        "/a/..;x/b",
        "/a/.;/b",
        "/a/..%3b/b",
        "http://",
        "http:///a",
        "ftp://x/a",
        "http://a@b/c",
        "http://a b/c",
      })
  void what_could_be_read_in_two_ways_is_refused(String uri) {
    assertThatThrownBy(() -> of(uri)).isInstanceOf(RequestTarget.Malformed.class);
  }

  @Test
  void a_query_is_kept_as_it_is() throws RequestTarget.Malformed {
    RequestTarget target = of("/a//b?x=/../%2f;&y");
    assertThat(target.uri()).isEqualTo("/a/b?x=/../%2f;&y");
    assertThat(of("/a?").uri()).isEqualTo("/a?");
  }

  @Test
  void an_absolute_form_says_the_host_itself() throws RequestTarget.Malformed {
    RequestTarget target = of("HTTP://Evil.example:81/x/../y?z");
    assertThat(target.host()).isEqualTo("evil.example");
    assertThat(target.authority()).isEqualTo("Evil.example:81");
    assertThat(target.uri()).isEqualTo("/y?z");
    assertThat(of("http://a?x").uri()).isEqualTo("/?x");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a@b", "a:99999", "a:b", "a/b", "[::1", "::1", "a,b"})
  void a_host_that_is_none_is_refused(String host) {
    assertThatThrownBy(() -> RequestTarget.of("/", List.of(host), false))
        .isInstanceOf(RequestTarget.Malformed.class);
  }

  @Test
  void there_is_exactly_one_host_except_in_http_1_0() throws RequestTarget.Malformed {
    assertThatThrownBy(() -> RequestTarget.of("/", List.of(), false))
        .isInstanceOf(RequestTarget.Malformed.class);
    assertThatThrownBy(() -> RequestTarget.of("/", List.of("a", "a"), true))
        .isInstanceOf(RequestTarget.Malformed.class);
    assertThat(RequestTarget.of("/", List.of(), true).host()).isEmpty();
    assertThat(RequestTarget.of("/", List.of("[::1]:80"), false).host()).isEqualTo("[::1]");
  }

  @Property(tries = 5_000)
  void the_canonical_form_is_its_own_and_holds_no_surprise(@ForAll("paths") String path) {
    RequestTarget target;
    try {
      target = of("/" + path);
    } catch (RequestTarget.Malformed refused) {
      return;
    }
    assertThat(target.path()).startsWith("/").doesNotContain("//").matches("[!-~]+");
    for (String segment : target.path().split("/")) {
      assertThat(segment).isNotIn(".", "..");
    }
    try {
      assertThat(of(target.path()).path()).isEqualTo(target.path());
    } catch (RequestTarget.Malformed e) {
      throw new AssertionError("not accepted again: " + target.path(), e);
    }
  }

  @Provide
  Arbitrary<String> paths() {
    return Arbitraries.of(
            "a", "B", "/", ".", "..", ";", "%2e", "%2E", "%41", "%3b", "%20", "%7E", "{", "é", "%",
            "-", "%25", "%2f")
        .list()
        .ofMaxSize(12)
        .map(parts -> String.join("", parts));
  }
}
