package io.apitwo.identify;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.rules.Clients;
import io.apitwo.rules.Clients.Missing;
import io.apitwo.rules.IpAddress;
import io.apitwo.rules.KeyPart;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClientKeyTest {
  private static final KeyPart ADDRESS = new KeyPart.Address();
  private static final KeyPart TEAM = new KeyPart.Header("x-team");
  private static final KeyPart USER = new KeyPart.Header("x-user");
  private static final String NETWORK = "2001:db8::/64";

  @Test
  void an_address_alone_is_the_given_text() {
    assertThat(keyOf(List.of(ADDRESS), Missing.ADDRESS, NETWORK, name -> List.of()))
        .isSameAs(NETWORK);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      quoteCharacter = '\0',
      value = {
        "aZ09._@+=/- aZ09._@+=/-",
        "a%7Cb a%257Cb",
        "~anonymous %7Eanonymous",
        "a|b a%7Cb",
        "a:b a%3Ab",
        "{a}* %7Ba%7D%2A",
        "é %C3%A9",
        "€ %E2%82%AC",
        "😀 %F0%9F%98%80",
        "\ud83d %ED%A0%BD",
      })
  void a_header_value_is_escaped(String value, String key) {
    assertThat(key(List.of(TEAM), Missing.ANONYMOUS, value, null)).isEqualTo(key);
  }

  @Test
  void control_characters_are_escaped() {
    assertThat(key(List.of(TEAM), Missing.ANONYMOUS, "\0\r\n \u007f", null))
        .isEqualTo("%00%0D%0A%20%7F");
  }

  @Test
  void parts_are_joined_in_the_order_of_the_limit() {
    assertThat(key(List.of(ADDRESS, USER, TEAM), Missing.ADDRESS, "t", "u"))
        .isEqualTo("2001:db8::/64|u|t");
  }

  @Test
  void several_lines_are_one_value() {
    assertThat(keyOf(List.of(TEAM), Missing.ADDRESS, NETWORK, name -> List.of("a", "b")))
        .isEqualTo("a%2Cb");
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {"-, -", "'', ''"})
  void a_missing_or_empty_header_is_stood_in_for(String team, String user) {
    List<KeyPart> by = List.of(TEAM, USER);
    assertThat(key(by, Missing.ADDRESS, team, "u")).isEqualTo("~2001:db8::/64|u");
    assertThat(key(by, Missing.ANONYMOUS, "t", user)).isEqualTo("t|~anonymous");
    assertThat(key(by, Missing.UNAUTHORIZED, "t", user)).isNull();
  }

  @Test
  void a_key_of_more_than_128_characters_is_hashed() {
    String longest = "a".repeat(ClientKey.MAX_LENGTH);
    assertThat(key(List.of(TEAM), Missing.ADDRESS, longest, null)).isEqualTo(longest);
    // printf 'a%.0s' {1..129} | sha256sum | cut -c-32
    assertThat(key(List.of(TEAM), Missing.ADDRESS, longest + "a", null))
        .isEqualTo("~sha256-c12cb024a2e5551cca0e08fce8f1c5e3");
  }

  @Property
  void equal_keys_mean_equal_clients(
      @ForAll("clients") List<String> one, @ForAll("clients") List<String> other) {
    for (Missing missing : List.of(Missing.ADDRESS, Missing.ANONYMOUS)) {
      boolean equal = key(one, missing).equals(key(other, missing));
      boolean same = meaning(one, missing).equals(meaning(other, missing));
      assertThat(equal).isEqualTo(same);
    }
  }

  @Property
  void a_key_is_short_and_printable(@ForAll String team, @ForAll("clients") List<String> client) {
    assertThat(key(List.of(TEAM, ADDRESS), Missing.ADDRESS, team, null))
        .hasSizeLessThanOrEqualTo(ClientKey.MAX_LENGTH)
        .matches("[!-~]+");
    assertThat(key(client, Missing.ADDRESS))
        .hasSizeLessThanOrEqualTo(ClientKey.MAX_LENGTH)
        .matches("[!-~]+");
  }

  @Property
  void different_values_have_different_keys(@ForAll String one, @ForAll String other) {
    assertThat(
            key(List.of(TEAM), Missing.ADDRESS, one, null)
                .equals(key(List.of(TEAM), Missing.ADDRESS, other, null)))
        .isEqualTo(one.equals(other));
  }

  private static final List<KeyPart> FIRST =
      List.of(TEAM, new KeyPart.Cookie("sid"), USER, ADDRESS);

  /** The key of a limit that takes the first part that is there; none of these may be missing. */
  private static String first(List<String> client, Missing missing, boolean withAddress) {
    Caller caller = new Caller(IpAddress.parse("2001:db8::1"), "2001:db8::1", client.get(0), false);
    RequestHeaders headers =
        name ->
            switch (name) {
              case "x-team" -> List.of(client.get(1));
              case "x-user" -> List.of(client.get(2));
              default -> List.of("sid=" + client.get(3));
            };
    Clients clients = new Clients(FIRST.subList(0, withAddress ? 4 : 3), true, missing);
    return ClientKey.of(clients, new SampleRequest(headers).parts(caller));
  }

  private static String firstMeaning(List<String> client, Missing missing, boolean withAddress) {
    if (!client.get(1).isEmpty()) {
      return "team " + client.get(1);
    }
    if (!client.get(3).isEmpty()) {
      return "sid " + client.get(3);
    }
    if (!client.get(2).isEmpty()) {
      return "user " + client.get(2);
    }
    String standIn = missing == Missing.ADDRESS ? "for " + client.get(0) : "anonymous";
    return withAddress ? "address " + client.get(0) : standIn;
  }

  @Property
  void equal_first_parts_mean_equal_clients(
      @ForAll("clients") List<String> one,
      @ForAll("clients") List<String> other,
      @ForAll("sids") String sid,
      @ForAll("sids") String otherSid) {
    List<String> a = List.of(one.get(0), one.get(1), one.get(2), sid);
    List<String> b = List.of(other.get(0), other.get(1), other.get(2), otherSid);
    for (Missing missing : List.of(Missing.ADDRESS, Missing.ANONYMOUS)) {
      for (boolean withAddress : new boolean[] {true, false}) {
        boolean equal = first(a, missing, withAddress).equals(first(b, missing, withAddress));
        boolean same =
            firstMeaning(a, missing, withAddress).equals(firstMeaning(b, missing, withAddress));
        assertThat(equal).isEqualTo(same);
        assertThat(first(a, missing, withAddress))
            .hasSizeLessThanOrEqualTo(ClientKey.MAX_LENGTH)
            .matches("[!-~]+");
      }
    }
  }

  @Provide
  Arbitrary<String> sids() {
    return Arbitraries.strings().withChars("a|~%7C").ofMaxLength(3);
  }

  /** Address, team and user; the empty text is a missing header. Small alphabets collide often. */
  @Provide
  Arbitrary<List<String>> clients() {
    Arbitrary<String> address = Arbitraries.of("10.0.0.1", "10.0.0.2", "2001:db8::/64", "::/64");
    Arbitrary<String> value =
        Arbitraries.frequencyOf(
            Tuple.of(6, Arbitraries.strings().withChars("a|~%7C").ofMaxLength(3)),
            Tuple.of(2, address),
            Tuple.of(1, Arbitraries.of("~anonymous", "~10.0.0.1", "~sha256-")),
            Tuple.of(1, Arbitraries.strings().ofLength(130)));
    return address.flatMap(a -> value.flatMap(t -> value.map(u -> List.of(a, t, u))));
  }

  /** What the client is: each part with where it came from. */
  private static List<String> meaning(List<String> client, Missing missing) {
    List<String> meaning = new ArrayList<>(List.of(client.get(0)));
    for (String value : client.subList(1, 3)) {
      String standIn = missing == Missing.ADDRESS ? client.get(0) : "anonymous";
      meaning.add(value.isEmpty() ? "stands in: " + standIn : "value: " + value);
    }
    return meaning;
  }

  private static String keyOf(
      List<KeyPart> by, Missing missing, String client, RequestHeaders headers) {
    Caller caller = new Caller(IpAddress.parse("2001:db8::1"), "2001:db8::1", client, false);
    return ClientKey.of(new Clients(by, false, missing), new SampleRequest(headers).parts(caller));
  }

  private static String key(List<String> client, Missing missing) {
    return keyOf(
        List.of(TEAM, ADDRESS, USER),
        missing,
        client.get(0),
        name -> List.of(client.get(name.equals("x-team") ? 1 : 2)));
  }

  private static String key(List<KeyPart> by, Missing missing, String team, String user) {
    return keyOf(
        by,
        missing,
        NETWORK,
        name -> {
          String value = name.equals("x-team") ? team : user;
          return value == null ? List.of() : List.of(value);
        });
  }
}
