package io.apitwo.rules;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CidrTest {
  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.0.0.0/8",
    "10.1.2.3/8, 10.0.0.0/8",
    "10.1.2.3, 10.1.2.3/32",
    "0.0.0.0/0, 0.0.0.0/0",
    "2001:db8::1/32, 2001:db8::/32",
    "::1, ::1/128",
    "::/0, ::/0",
    "::ffff:10.0.0.1, 10.0.0.1/32",
  })
  void a_block_is_an_address_and_a_length(String text, String canonical) {
    assertThat(Cidr.parse(text)).hasToString(canonical);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "/8",
        "10.0.0.0/",
        "10.0.0.0/33",
        "10.0.0.0/-1",
        "10.0.0.0/08",
        "10.0.0.0/8/8",
        "10.0.0.0/ 8",
        "10.0.0.0/٨",
        "10.0.0.0/1000",
        "10.0.0.0/255.0.0.0",
        "10/8",
        "::/129",
        "example.com/8",
        "::ffff:10.0.0.0/104",
        "::ffff:10.0.0.0/24",
        "::ffff:0:0/96",
        "64:ff9b::/96"
      })
  void anything_else_is_no_block(String text) {
    assertThat(Cidr.parse(text)).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.255.0.1, true",
    "10.0.0.0/8, ::ffff:10.255.0.1, true",
    "10.0.0.0/8, 11.0.0.0, false",
    "10.0.0.0/9, 10.128.0.0, false",
    "10.0.0.1, 10.0.0.1, true",
    "10.0.0.1, 10.0.0.2, false",
    "0.0.0.0/0, 1.2.3.4, true",
    "0.0.0.0/0, ::1, false",
    "::/0, 1.2.3.4, false",
    "::/0, ::1, true",
    "2001:db8::/33, 2001:db8:7fff::1, true",
    "2001:db8::/33, 2001:db8:8000::1, false",
  })
  void a_block_contains_addresses_of_its_own_family(String block, String address, boolean inside) {
    assertThat(Cidr.parse(block).contains(IpAddress.parse(address))).isEqualTo(inside);
  }

  @Property
  void a_block_contains_what_masks_to_its_network(
      @ForAll @Size(4) byte[] one,
      @ForAll @Size(4) byte[] other,
      @ForAll @IntRange(max = 32) int prefix) {
    IpAddress network = IpAddress.of(one).masked(prefix);
    IpAddress address = IpAddress.of(other);
    assertThat(new Cidr(network, prefix).contains(address))
        .isEqualTo(address.masked(prefix).equals(network));
  }
}
