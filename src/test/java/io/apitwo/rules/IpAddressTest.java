package io.apitwo.rules;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpAddressTest {
  @ParameterizedTest
  @CsvSource({
    "192.168.65.1, 192.168.65.1",
    "::ffff:192.168.65.1, 192.168.65.1",
    "::ffff:c0a8:4101, 192.168.65.1",
    "64:ff9b::c0a8:4101, 192.168.65.1",
    "2001:DB8:0:0:1::1, 2001:db8::/64",
    "[2001:db8::1], 2001:db8::/64",
    "fe80::1%eth0, fe80::/64",
    "::1, ::/64",
  })
  void all_spellings_of_a_client_are_one(String spelling, String client) {
    assertThat(IpAddress.parse(spelling).client(64)).isEqualTo(client);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "localhost",
        "1.2.3.4:80",
        ":::",
        "1:2"
      })
  void what_is_no_address_is_not_taken_for_one(String text) {
    assertThat(IpAddress.parse(text)).isNull();
  }

  @Property
  void every_address_of_a_network_is_the_same_client(
      @ForAll @Size(8) byte[] network, @ForAll @Size(8) byte[] one, @ForAll @Size(8) byte[] two) {
    network[0] = 0x20; // global unicast: no embedded IPv4
    assertThat(address(network, one).client(64)).isEqualTo(address(network, two).client(64));
    assertThat(IpAddress.parse(address(network, one).toString())).isEqualTo(address(network, one));
  }

  private static IpAddress address(byte[] network, byte[] host) {
    byte[] bytes = new byte[16];
    System.arraycopy(network, 0, bytes, 0, 8);
    System.arraycopy(host, 0, bytes, 8, 8);
    return IpAddress.of(bytes);
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.255.1.2, true",
    "10.0.0.0/8, 11.0.0.1, false",
    "10.1.2.3/8, 10.9.9.9, true",
    "0.0.0.0/0, 8.8.8.8, true",
    "0.0.0.0/0, ::1, false",
    "192.168.1.7, 192.168.1.7, true",
    "192.168.1.7, 192.168.1.8, false",
    "2001:db8::/33, 2001:db8:7fff::1, true",
    "2001:db8::/33, 2001:db8:8000::1, false",
    "10.0.0.0/8, ::ffff:10.1.1.1, true",
  })
  void a_block_holds_what_begins_as_it_does(String block, String address, boolean held) {
    assertThat(Cidr.parse(block).contains(IpAddress.parse(address))).isEqualTo(held);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "10.0.0.0/a", "::/129", "x/8", ""})
  void what_is_no_block_is_not_taken_for_one(String text) {
    assertThat(Cidr.parse(text)).isNull();
  }
}
