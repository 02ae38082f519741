package io.apitwo.identify;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.limit.Limit;
import io.apitwo.limit.Quota;
import io.apitwo.limit.Window;
import io.apitwo.rules.KeyPart;
import io.apitwo.rules.LimitRule;
import io.apitwo.rules.LimitRule.Missing;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClientKeyTest {
  private static final KeyPart ADDRESS = new KeyPart.Address();
  private static final KeyPart A = new KeyPart.Header("a");
  private static final KeyPart B = new KeyPart.Header("b");

  private static LimitRule rule(Missing missing, KeyPart... by) {
    return new LimitRule(
        new Limit("l", List.of(new Quota(Window.DAY, 1))),
        List.of(by),
        missing,
        new LimitRule.Headers(true, false));
  }

  private static String key(LimitRule rule, String address, Map<String, String> headers) {
    return ClientKey.of(
        rule, address, name -> headers.containsKey(name) ? List.of(headers.get(name)) : List.of());
  }

  @Test
  void an_address_is_its_own_key() {
    assertThat(key(rule(Missing.ADDRESS, ADDRESS), "192.168.65.1", Map.of()))
        .isEqualTo("192.168.65.1");
  }

  @ParameterizedTest
  @CsvSource({
    "abc-DEF_1.2@x+y=/, abc-DEF_1.2@x+y=/",
    "a b, a%20b",
    "a|b, a%7Cb",
    "~anonymous, %7Eanonymous",
    "a%20b, a%2520b",
    "{s01}:x*, %7Bs01%7D%3Ax%2A",
    "é, %C3%A9",
  })
  void a_value_keeps_plain_characters_and_escapes_the_others(String value, String key) {
    assertThat(key(rule(Missing.ADDRESS, A), "1.1.1.1", Map.of("a", value))).isEqualTo(key);
  }

  @Test
  void what_stands_in_for_a_missing_value_is_no_value() {
    assertThat(key(rule(Missing.ADDRESS, A), "1.1.1.1", Map.of())).isEqualTo("~1.1.1.1");
    assertThat(key(rule(Missing.ADDRESS, A), "1.1.1.1", Map.of("a", ""))).isEqualTo("~1.1.1.1");
    assertThat(key(rule(Missing.ANONYMOUS, A), "1.1.1.1", Map.of())).isEqualTo("~anonymous");
    assertThat(key(rule(Missing.UNAUTHORIZED, A), "1.1.1.1", Map.of())).isNull();
    assertThat(key(rule(Missing.UNAUTHORIZED, ADDRESS, A), "1.1.1.1", Map.of())).isNull();
  }

  @Property
  void different_clients_have_different_keys(
      @ForAll @StringLength(max = 300) String a1,
      @ForAll @StringLength(max = 300) String b1,
      @ForAll @StringLength(max = 300) String a2,
      @ForAll @StringLength(max = 300) String b2) {
    LimitRule rule = rule(Missing.ANONYMOUS, A, ADDRESS, B);
    String one = key(rule, "1.1.1.1", Map.of("a", sane(a1), "b", sane(b1)));
    String two = key(rule, "1.1.1.1", Map.of("a", sane(a2), "b", sane(b2)));
    assertThat(one.equals(two)).isEqualTo(sane(a1).equals(sane(a2)) && sane(b1).equals(sane(b2)));
  }

  @Property
  void a_key_is_short_and_printable(@ForAll @StringLength(max = 2_000) String value) {
    String key = key(rule(Missing.ADDRESS, A), "2001:db8::/64", Map.of("a", value));
    assertThat(key).hasSizeBetween(1, ClientKey.MOST_CHARACTERS).matches("[!-~]+");
  }

  /** Headers are bytes of text: lone surrogates, which no header can hold, are left out. */
  private static String sane(String text) {
    return text.codePoints()
        .filter(c -> c < 0xd800 || c > 0xdfff)
        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
        .toString();
  }
}
