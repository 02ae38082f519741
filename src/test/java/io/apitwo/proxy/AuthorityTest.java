package io.apitwo.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AuthorityTest {
  @ParameterizedTest
  @CsvSource({
    "example.com, example.com",
    "Example.COM:8080, example.com",
    "example.com.:443, example.com",
    "a_b-c.d, a_b-c.d",
    "127.0.0.1:1, 127.0.0.1",
    "localhost:65535, localhost",
    "[::1], [::1]",
    "[2001:DB8:0::1]:080, [2001:db8::1]",
    "[::ffff:1.2.3.4], [::ffff:1.2.3.4]",
  })
  void a_host_is_canonical_and_the_text_is_kept(String text, String host) {
    assertThat(Authority.parse(text)).isEqualTo(new Authority(text, host));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "a b",
        "a@b",
        "user:pw@a",
        "a/b",
        "a?b",
        "a#b",
        "a\\b",
        "a,b",
        "a%41",
        "a..b",
        ".",
        "..",
        ".a",
        "a..",
        ":80",
        "a:",
        "a:0",
        "a:65536",
        "a:99999999999",
        "a:8o",
        "a:80:80",
        "a:-1",
        "a: 80",
        "a:٨",
        "é",
        "a\u0000",
        "a\u007f",
        "a\r\nb",
        "::1",
        "[::1",
        "[::1]80",
        "[::1]:",
        "[::1]a",
        "[fe80::1%eth0]",
        "[1.2.3.4]",
        "[]",
        "[a]",
        "a*",
        "${a}"
      })
  void anything_else_is_malformed(String text) {
    assertThat(Authority.parse(text)).isNull();
  }

  @Property
  void a_host_of_254_characters_or_more_is_malformed(@ForAll boolean dot) {
    assertThat(Authority.parse("a".repeat(253) + (dot ? "." : ""))).isNotNull();
    assertThat(Authority.parse("a".repeat(254) + (dot ? "." : ""))).isNull();
  }

  @Property
  void the_host_is_the_host_of_itself(@ForAll String text) {
    Authority authority = Authority.parse(text);
    if (authority != null) {
      assertThat(Authority.parse(authority.host()).host()).isEqualTo(authority.host());
    }
  }
}
