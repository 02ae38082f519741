package io.apitwo.identify;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.rules.Cidr;
import io.apitwo.rules.IpAddress;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClientAddressTest {
  private static final RequestHeaders NOT_ASKED =
      name -> {
        throw new AssertionError(name + " was looked up");
      };

  private final ClientAddress clients = behind("10.0.0.0/8", "2001:db8:1::/48");

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "203.0.113.9 ~ 203.0.113.9",
        "6.6.6.6, 203.0.113.9 ~ 203.0.113.9",
        "6.6.6.6, 203.0.113.9, 10.0.0.2 ~ 203.0.113.9",
        "203.0.113.9,10.0.0.2,2001:db8:1::7,::ffff:10.0.0.4 ~ 203.0.113.9",
        "203.0.113.9:567 ~ 203.0.113.9",
        "203.0.113.9:_obf ~ 203.0.113.9",
        "[2001:db8::9]:99 ~ 2001:db8::9",
        "[2001:db8::9] ~ 2001:db8::9",
        "2001:db8::9 ~ 2001:db8::9",
        "64:ff9b::203.0.113.9 ~ 203.0.113.9",
        "203.0.113.9, ,, 10.0.0.2 , ~ 203.0.113.9",
        "10.0.0.3, 10.0.0.2 ~ 10.0.0.3",
        "203.0.113.9, garbage, 10.0.0.2 ~ 10.0.0.2",
        "203.0.113.9, unknown ~ 10.0.0.1",
        "203.0.113.9, 010.0.0.2 ~ 10.0.0.1",
        "203.0.113.9:, 10.0.0.2 ~ 10.0.0.2",
        "203.0.113.9:80x, 10.0.0.2 ~ 10.0.0.2",
        "203.0.113.9:123456, 10.0.0.2 ~ 10.0.0.2",
        "203.0.113.9 10.0.0.2 ~ 10.0.0.1",
        "[2001:db8::9]x ~ 10.0.0.1",
        "[2001:db8::9 ~ 10.0.0.1",
        "[203.0.113.9] ~ 10.0.0.1",
        "] ~ 10.0.0.1",
        "[ ~ 10.0.0.1",
        ": ~ 10.0.0.1",
        ", ~ 10.0.0.1",
        "'' ~ 10.0.0.1",
      })
  void x_forwarded_for_is_walked_from_the_right(String line, String client) {
    assertThat(clients.of(ip("10.0.0.1"), headers("x-forwarded-for", line)))
        .hasToString(client.strip());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '\0',
      value = {
        "for=203.0.113.9 ~ 203.0.113.9",
        "For=203.0.113.9;proto=https;by=10.0.0.1 ~ 203.0.113.9",
        "proto=https; for=203.0.113.9 ;host=a ~ 203.0.113.9",
        "for=6.6.6.6, for=203.0.113.9, for=10.0.0.2 ~ 203.0.113.9",
        "for=\"203.0.113.9:567\" ~ 203.0.113.9",
        "for=203.0.113.9:567 ~ 203.0.113.9",
        "for=\"203.0.113.9:_p\" ~ 203.0.113.9",
        "for=\"[2001:db8::9]:99\" ~ 2001:db8::9",
        "for=\"[2001:db8::9]\";host=\"a:1\" ~ 2001:db8::9",
        "for=\"203.0.113.\\9\" ~ 203.0.113.9",
        "for=203.0.113.9;;by=x ~ 203.0.113.9",
        "for=6.6.6.6;x=\", for=203.0.113.9 ~ 203.0.113.9",
        "for=6.6.6.6;x=\", for=\"[2001:db8::9]\" ~ 2001:db8::9",
        "for=6.6.6.6;x=\"a, for=10.0.0.2;host=\"b\" ~ 10.0.0.2",
        "for=6.6.6.6;x=\"a, b\" ~ 10.0.0.1",
        "for=_hidden ~ 10.0.0.1",
        "for=unknown, for=10.0.0.2 ~ 10.0.0.2",
        "for=203.0.113.9;for=6.6.6.6 ~ 10.0.0.1",
        "for= ~ 10.0.0.1",
        "for=\"\" ~ 10.0.0.1",
        "for=\"203.0.113.9 ~ 10.0.0.1",
        "for=\"203.0.113.9\\ ~ 10.0.0.1",
        "for=\"203.0.113.9\"x ~ 10.0.0.1",
        "for =203.0.113.9 ~ 10.0.0.1",
        "203.0.113.9 ~ 10.0.0.1",
        "=203.0.113.9 ~ 10.0.0.1",
        "proto=https ~ 10.0.0.1",
        "; ~ 10.0.0.1",
      })
  void forwarded_is_walked_from_the_right(String line, String client) {
    assertThat(clients.of(ip("10.0.0.1"), headers("forwarded", line))).hasToString(client.strip());
  }

  @Test
  void an_untrusted_peer_is_the_client_and_its_headers_are_not_read() {
    assertThat(clients.of(ip("203.0.113.5"), NOT_ASKED)).hasToString("203.0.113.5");
    assertThat(behind().of(ip("10.0.0.1"), NOT_ASKED)).hasToString("10.0.0.1");
  }

  @Test
  void a_trusted_peer_without_headers_is_the_client() {
    assertThat(clients.of(ip("10.0.0.1"), name -> List.of())).hasToString("10.0.0.1");
  }

  @Test
  void all_lines_are_one_list() {
    RequestHeaders headers =
        headers("x-forwarded-for", "6.6.6.6", "203.0.113.9, 10.0.0.4", "", "10.0.0.2");
    assertThat(clients.of(ip("10.0.0.1"), headers)).hasToString("203.0.113.9");
  }

  @Test
  void x_forwarded_for_decides_over_forwarded() {
    RequestHeaders both = name -> List.of(name.equals("forwarded") ? "for=6.6.6.6" : "203.0.113.9");
    assertThat(clients.of(ip("10.0.0.1"), both)).hasToString("203.0.113.9");
  }

  @Test
  void at_most_64_hops_are_looked_at() {
    String within = "203.0.113.9" + ", 10.0.0.2".repeat(ClientAddress.MAX_HOPS - 1);
    assertThat(clients.of(ip("10.0.0.1"), headers("x-forwarded-for", within)))
        .hasToString("203.0.113.9");
    assertThat(clients.of(ip("10.0.0.1"), headers("x-forwarded-for", within + ", 10.0.0.3")))
        .hasToString("10.0.0.2");
    String commas = "203.0.113.9" + ",".repeat(ClientAddress.MAX_HOPS);
    assertThat(clients.of(ip("10.0.0.1"), headers("x-forwarded-for", commas, "")))
        .hasToString("10.0.0.1");
  }

  @Property
  void what_strangers_write_never_moves_the_client(@ForAll String strange) {
    for (String real : List.of("203.0.113.9", "[2001:db8::9]:80")) {
      IpAddress address = ForwardedNode.address(real);
      assertThat(clients.of(ip("10.0.0.1"), headers("x-forwarded-for", strange + ", " + real)))
          .isEqualTo(address);
      String element = strange + ", for=\"" + real + "\";host=\"\"";
      assertThat(clients.of(ip("10.0.0.1"), headers("forwarded", element))).isEqualTo(address);
    }
  }

  private static ClientAddress behind(String... blocks) {
    return new ClientAddress(Stream.of(blocks).map(Cidr::parse).toList());
  }

  private static IpAddress ip(String text) {
    return IpAddress.parse(text);
  }

  private static RequestHeaders headers(String name, String... lines) {
    return asked -> asked.equals(name) ? List.of(lines) : List.of();
  }
}
