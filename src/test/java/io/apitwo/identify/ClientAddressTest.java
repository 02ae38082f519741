package io.apitwo.identify;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.rules.Cidr;
import io.apitwo.rules.IpAddress;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClientAddressTest {
  private final ClientAddress addresses =
      new ClientAddress(List.of(Cidr.parse("10.0.0.0/8"), Cidr.parse("2001:db8::/32")));

  private String client(String peer, List<String> forwardedFor, List<String> forwarded) {
    return addresses.of(IpAddress.parse(peer), forwardedFor, forwarded).toString();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "203.0.113.9; 198.51.100.7; 203.0.113.9", // an untrusted peer is not believed
        "10.0.0.1; 198.51.100.7; 198.51.100.7",
        "10.0.0.1; 1.1.1.1, 198.51.100.7; 198.51.100.7", // the left is the client's own word
        "10.0.0.1; 198.51.100.7, 10.9.9.9; 198.51.100.7",
        "10.0.0.1; 198.51.100.7:4711, 10.9.9.9:1; 198.51.100.7",
        "10.0.0.1; 10.2.2.2, 10.9.9.9; 10.2.2.2", // all trusted: the leftmost
        "10.0.0.1; garbage, 10.9.9.9; 10.9.9.9", // what lies left of garbage is hearsay
        "10.0.0.1; 198.51.100.7, ''; 10.0.0.1",
        "10.0.0.1; unknown; 10.0.0.1",
        "10.0.0.1; [2001:4860::1]:443; 2001:4860::1",
        "10.0.0.1; 2001:4860::1; 2001:4860::1",
        "10.0.0.1; ::ffff:198.51.100.7; 198.51.100.7",
        "2001:db8::5; 198.51.100.7; 198.51.100.7",
        "::ffff:10.0.0.1; 198.51.100.7; 198.51.100.7",
        "10.0.0.1; 198.51.100.7:99999999; 10.0.0.1",
      })
  void the_client_is_the_first_from_the_right_that_is_not_trusted(
      String peer, String forwardedFor, String client) {
    assertThat(client(peer, List.of(forwardedFor.replace("''", "")), List.of())).isEqualTo(client);
  }

  @Test
  void several_header_lines_are_one_list() {
    assertThat(client("10.0.0.1", List.of("1.1.1.1", "198.51.100.7", "10.3.3.3"), List.of()))
        .isEqualTo("198.51.100.7");
  }

  @Test
  void forwarded_counts_where_x_forwarded_for_is_absent() {
    List<String> forwarded =
        List.of("for=1.1.1.1;proto=https, For=\"[2001:4860::1]:99\"; by=x", "for=10.1.1.1");
    assertThat(client("10.0.0.1", List.of(), forwarded)).isEqualTo("2001:4860::1");
    assertThat(client("10.0.0.1", List.of("8.8.8.8"), forwarded)).isEqualTo("8.8.8.8");
    assertThat(client("10.0.0.1", List.of(), List.of("for=_hidden, for=10.1.1.1")))
        .isEqualTo("10.1.1.1");
  }

  @Test
  void a_long_list_is_not_walked_to_its_end() {
    String trusted = "10.1.1.1, ".repeat(500) + "10.1.1.1";
    assertThat(client("10.0.0.1", List.of("8.8.8.8, " + trusted), List.of())).isEqualTo("10.1.1.1");
  }
}
