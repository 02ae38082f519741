package io.apitwo.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.proxy.RequestTarget.Accepted;
import io.apitwo.proxy.RequestTarget.Refused;
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
  private static final List<String> HOST = List.of("example.com");

  @ParameterizedTest
  @CsvSource({
    "/api/users, /api/users",
    "//api/users, /api/users",
    "/api//users, /api/users",
    "///api///users, /api/users",
    "/./api/users, /api/users",
    "/api/./users, /api/users",
    "/api/users/., /api/users/",
    "/api/x/../users, /api/users",
    "/x/../api/users, /api/users",
    "/api/x//../users, /api/users",
    "/api/users/x/.., /api/users/",
    "/%61pi/users, /api/users",
    "/api/%75%73%65%72%73, /api/users",
    "/api/%2e/users, /api/users",
    "/api/x/%2E%2e/users, /api/users",
    "/api/x/.%2e/users, /api/users",
    "/api/users/, /api/users/",
    "/API/users, /API/users",
    "/api/users%20, /api/users%20",
    "/api/users%c3%a9, /api/users%C3%A9",
    "/api/users%2525, /api/users%2525",
    "/api/%252e%252e/users, /api/%252e%252e/users",
    "/api/.users, /api/.users",
    "/api/..users, /api/..users",
    "/api/..., /api/...",
    "'/\"<>^`{|}[]', /%22%3C%3E%5E%60%7B%7C%7D%5B%5D",
    "'/!$&''()*+,=:@-._~', '/!$&''()*+,=:@-._~'",
    "/%21%3d%3A%40%2a, /%21%3D%3A%40%2A",
    "/., /",
    "/a/.., /",
    "//, /",
    "/, /",
    "/%e0%a0%80%f0%90%80%80, /%E0%A0%80%F0%90%80%80",
  })
  void a_path_is_matched_and_forwarded_in_one_form(String target, String path) {
    Accepted accepted = accepted(target);
    assertThat(accepted.path()).isEqualTo(path);
    assertThat(accepted.matchPath()).isEqualTo(path);
    assertThat(accepted.uri()).isEqualTo(path);
  }

  @ParameterizedTest
  @CsvSource({
    "/api/users;x, /api/users;x, /api/users",
    "/api/users;x=1;y, /api/users;x=1;y, /api/users",
    "/api;v=1/users, /api;v=1/users, /api/users",
    "/api/users%3bx, /api/users%3Bx, /api/users",
    "/api/users%3Bx;y, /api/users%3Bx;y, /api/users",
    "/;x/api/users, /;x/api/users, /api/users",
    "/api/;/users, /api/;/users, /api/users",
    "/api/users/;x, /api/users/;x, /api/users/",
    "/;x, /;x, /",
    "/api/;x/../users, /api/users, /api/users",
    "/api/...;x, /api/...;x, /api/...",
    "/api/a%41;%2e, /api/aA;., /api/aA",
  })
  void path_parameters_are_forwarded_but_not_matched(String target, String path, String match) {
    Accepted accepted = accepted(target);
    assertThat(accepted.uri()).isEqualTo(path);
    assertThat(accepted.matchPath()).isEqualTo(match);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/api/.%2fusers",
        "/api%2F..",
        "/api%2F%2e%2E%2Fusers",
        "/;%2F.",
        "/a;x%2F..%2Fusers",
        "/a;%2F..;y",
        "/a%2F..;y",
        "/api/users%2f..;x",
        "/api%5cusers",
        "/api%5Cusers",
        "/api\\users",
        "/api/..%2fusers",
        "/api/users%00",
        "/api/users%0a",
        "/api/users%0D%0A",
        "/api/users%1f",
        "/api/users%7f",
        "/api/users%zz",
        "/api/users%",
        "/api/users%4",
        "/api/users%%41",
        "/api/users%u0041",
        "/api/%+1",
        "/api/%١١",
        "/api/users#x",
        "/api/é",
        "/api/ users",
        "/api/\u0001",
        "/api/\t",
        "/api/\u007f",
        "/api/\u0000",
        "/api/\u00a0",
        "/api/users\r\nX: y",
        "/..",
        "/../api/users",
        "/api/../../users",
        "/a/%2e%2e/%2e%2e",
        "/api/..;x/users",
        "/api/..;/users",
        "/api/.;/users",
        "/api/..%3bx/users",
        "/api/%2e%2e;x",
        "/api/%2e%2E%3B",
        "/api%c0%afusers",
        "/api%C1%9cusers",
        "/api%e0%80%afusers",
        "/api%f0%80%80%afusers",
        "/?a b",
        "/?a#b",
        "/?é",
        "/?\u0001",
        "/?\u007f",
        "",
        " ",
        "*",
        "api/users",
        "?x",
        "example.com:443",
        "http:/a",
        "http:///a",
        "http://",
        "http://?x",
        "http://a@b/",
        "http://a b/",
        "http://a:0/",
        "http://a#b",
        "ftp://a/",
        "https:a",
        "http//a/",
        "http://a\\b/",
        "javascript:x",
        "**",
        " /",
        "%2Fapi"
      })
  void a_target_that_programs_read_differently_is_refused(String target) {
    assertThat(of(target)).isInstanceOf(Refused.class);
  }

  @ParameterizedTest
  @CsvSource({
    "http://other.example/abs?x, other.example, other.example, /abs?x",
    "HTTP://Other.Example:80//abs, other.example, Other.Example:80, /abs",
    "hTTpS://[::1]:8443/, [::1], [::1]:8443, /",
    "http://a, a, a, /",
    "http://a?x=/, a, a, /?x=/",
    "http://a/b/../c, a, a, /c",
  })
  void an_absolute_target_becomes_a_path_and_a_host(
      String target, String host, String authority, String uri) {
    Accepted accepted = accepted(target);
    assertThat(accepted.host()).isEqualTo(host);
    assertThat(accepted.authority()).isEqualTo(authority);
    assertThat(accepted.uri()).isEqualTo(uri);
  }

  @Test
  void an_asterisk_is_the_root_for_options_alone() {
    assertThat(RequestTarget.of("OPTIONS", "*", HOST, false))
        .isEqualTo(new Accepted("example.com", "example.com", "/", "/", null, "/"));
    assertThat(RequestTarget.of("options", "*", HOST, false)).isInstanceOf(Refused.class);
    assertThat(RequestTarget.of("OPTIONS", "*?x", HOST, false)).isInstanceOf(Refused.class);
  }

  @Test
  void a_query_is_forwarded_as_written() {
    Accepted accepted = accepted("/a/%7e?x=%2F..//%zz;\\\"{}|?/");
    assertThat(accepted.query()).isEqualTo("x=%2F..//%zz;\\\"{}|?/");
    assertThat(accepted.uri()).isEqualTo("/a/~?x=%2F..//%zz;\\\"{}|?/");
    assertThat(accepted("/a?").query()).isEmpty();
    assertThat(accepted("/a?").uri()).isEqualTo("/a?");
    assertThat(accepted("/a").query()).isNull();
  }

  @Test
  void a_canonical_target_is_not_copied() {
    String target = "/api/x?y=1";
    assertThat(accepted(target).uri()).isSameAs(target);
    String path = "/api/x;v";
    assertThat(accepted(path).path()).isSameAs(path);
    String plain = "/api/x";
    assertThat(accepted(plain).matchPath()).isSameAs(plain);
  }

  @Test
  void http_1_1_has_exactly_one_host() {
    assertThat(RequestTarget.of("GET", "/", null, false)).isEqualTo(new Refused("host: missing"));
    assertThat(RequestTarget.of("GET", "/", List.of(), false))
        .isEqualTo(new Refused("host: missing"));
    assertThat(RequestTarget.of("GET", "/", List.of("a", "a"), false))
        .isEqualTo(new Refused("host: more than one"));
    assertThat(RequestTarget.of("GET", "/", List.of(""), false))
        .isEqualTo(new Refused("host: malformed"));
    assertThat(RequestTarget.of("GET", "http://a/", null, false))
        .isEqualTo(new Refused("host: missing"));
    assertThat(RequestTarget.of("GET", "http://a/", List.of("b@c"), false))
        .isEqualTo(new Refused("host: malformed"));
  }

  @Test
  void http_1_0_may_lack_a_host() {
    assertThat(RequestTarget.of("GET", "/a", null, true))
        .isEqualTo(new Accepted("", "", "/a", "/a", null, "/a"));
    assertThat(RequestTarget.of("GET", "/", List.of("a", "b"), true))
        .isEqualTo(new Refused("host: more than one"));
  }

  @Test
  void a_target_has_at_most_8192_characters_raw_and_canonical() {
    String longest = "/" + "a".repeat(RequestTarget.MAX_LENGTH - 1);
    assertThat(of(longest)).isInstanceOf(Accepted.class);
    assertThat(of(longest + "a")).isEqualTo(new Refused("target: too long"));
    assertThat(of("/" + "{".repeat(4000))).isEqualTo(new Refused("target: too long"));
  }

  @Property(tries = 5000)
  void the_canonical_form_is_its_own_canonical_form(@ForAll("targets") String target) {
    if (of(target) instanceof Accepted accepted) {
      assertThat(of(accepted.uri())).isEqualTo(accepted);
    }
  }

  @Property(tries = 5000)
  void nothing_ambiguous_is_accepted(@ForAll("targets") String target) {
    if (of(target) instanceof Accepted accepted) {
      assertThat(accepted.path())
          .matches("(/([A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-F]{2})*)+")
          .doesNotContain("//")
          .doesNotContainPattern("/\\.\\.?(/|;|%3B|$)")
          .doesNotContainPattern("(/|%2F)\\.\\.?%2F|%2F\\.\\.?(/|;|%3B|$)")
          .doesNotContain("%5C", "%00", "%2E");
      assertThat(accepted.matchPath())
          .startsWith("/")
          .doesNotContain("//", ";", "%3B")
          .doesNotContainPattern("/\\.\\.?(/|$)");
    }
  }

  @Property
  void no_text_makes_it_throw(@ForAll String method, @ForAll String target, @ForAll String host) {
    RequestTarget.of(method, target, List.of(host), false);
    RequestTarget.of(method, "/" + target, HOST, false);
    RequestTarget.of(method, "http://" + target, null, true);
  }

  @Provide
  Arbitrary<String> targets() {
    return Arbitraries.of(
            "/", "/", "/", "a", ".", "..", "%2e", "%2E", ";", "%3b", "%3B", "x", "%61", "%25", "%",
            "2", "%2", "f", "%c3%a9", "{", "|", "?", "~", "%7E", "%20")
        .list()
        .ofMaxSize(12)
        .map(pieces -> "/" + String.join("", pieces));
  }

  private static RequestTarget of(String target) {
    return RequestTarget.of("GET", target, HOST, false);
  }

  private static Accepted accepted(String target) {
    assertThat(of(target)).isInstanceOf(Accepted.class);
    return (Accepted) of(target);
  }
}
