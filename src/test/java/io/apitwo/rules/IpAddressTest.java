package io.apitwo.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IpAddressTest {
  @ParameterizedTest
  @CsvSource({
    "192.168.65.1, 192.168.65.1",
    "0.0.0.0, 0.0.0.0",
    "255.255.255.255, 255.255.255.255",
    "::, ::",
    "::1, ::1",
    "[::1], ::1",
    "1::, 1::",
    "2001:DB8::1, 2001:db8::1",
    "2001:0db8:0000:0000:0000:0000:0000:0001, 2001:db8::1",
    "2001:db8:0:1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
    "2001:db8::1:1:1:1:1, 2001:db8:0:1:1:1:1:1",
    "2001:0:0:1:0:0:0:1, 2001:0:0:1::1",
    "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
    "1:0:0:0:0:0:0:0, 1::",
    "::1.2.3.4, ::102:304",
    "1:2:3:4:5:6:1.2.3.4, 1:2:3:4:5:6:102:304",
    "fe80::1%eth0, fe80::1",
    "[fe80::1%25en0], fe80::1",
    "0:0:0:0:0:0:0:1%0, ::1",
    "::ffff:192.168.65.1, 192.168.65.1",
    "::FFFF:c0a8:4101, 192.168.65.1",
    "0:0:0:0:0:ffff:192.168.65.1, 192.168.65.1",
    "64:ff9b::192.168.65.1, 192.168.65.1",
    "0064:ff9b::c0a8:4101, 192.168.65.1",
  })
  void a_literal_has_one_canonical_text(String text, String canonical) {
    assertThat(IpAddress.parse(text)).hasToString(canonical);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "localhost",
        "1",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.4.",
        ".1.2.3.4",
        "1..2.3",
        "256.1.1.1",
        "1.2.3.1000",
        "010.0.0.1",
        "1.2.3.04",
        "00.0.0.0",
        "0x7f.0.0.1",
        "1.2.3.4 ",
        " 1.2.3.4",
        "+1.2.3.4",
        "-1.2.3.4",
        "1.2.3.4:80",
        "1.2.3.4/8",
        "1.2.3.4%eth0",
        "[1.2.3.4]",
        "2130706433",
        "١.٢.٣.٤",
        ":",
        ":::",
        "::1::",
        "1::2::3",
        "1:2:3:4:5:6:7",
        "1:2:3:4:5:6:7:8:9",
        ":1",
        "1:",
        "1:2:3:4:5:6:7:8::",
        "::1:2:3:4:5:6:7:8",
        "12345::",
        "::g",
        "::１",
        "[::1",
        "::1]",
        "[::1]:80",
        "[[::1]]",
        "[]",
        "[",
        "::1%",
        "::1%a b",
        "::1%a%b",
        "[::1]%eth0",
        "::1.2.3",
        "::1.2.3.04",
        "::1.2.3.4:1",
        "1:2:3:4:5:6:7:1.2.3.4",
        "1.2.3.4::",
        "%eth0",
        "::1%aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
      })
  void anything_ambiguous_or_else_is_no_address(String text) {
    assertThat(IpAddress.parse(text)).isNull();
  }

  @ParameterizedTest
  @CsvSource({
    "10.1.2.3, 64, 10.1.2.3",
    "::ffff:10.1.2.3, 64, 10.1.2.3",
    "2001:db8:1:2:3:4:5:6, 64, 2001:db8:1:2::/64",
    "2001:db8:1:2ff:3:4:5:6, 56, 2001:db8:1:200::/56",
    "2001:db8:1:2:3:4:5:6, 33, 2001:db8::/33",
    "2001:db8:ffff:2:3:4:5:6, 33, 2001:db8:8000::/33",
    "2001:db8::6, 128, 2001:db8::6",
    "2001:db8::7, 127, 2001:db8::6/127",
  })
  void a_client_is_an_ipv4_address_or_an_ipv6_network(String text, int prefix, String client) {
    assertThat(IpAddress.parse(text).client(prefix)).isEqualTo(client);
  }

  @Property
  void all_spellings_of_one_network_are_one_client(
      @ForAll @Size(8) byte[] network,
      @ForAll @Size(8) byte[] one,
      @ForAll @Size(8) byte[] other,
      @ForAll @IntRange(max = 4) int spelling) {
    String client = IpAddress.of(joined(network, one)).client(64);
    IpAddress spelled = IpAddress.parse(spelled(joined(network, other), spelling));
    if (!spelled.isV4()) {
      assertThat(IpAddress.of(joined(network, one)).isV4() || spelled.client(64).equals(client))
          .isTrue();
    }
    assertThat(spelled).isEqualTo(IpAddress.of(joined(network, other)));
  }

  /**
   * A million: groups short or padded, in any case, any run of zeros left out, dotted at the end.
   */
  @Test
  void every_spelling_of_a_network_is_one_client() {
    Random random = new Random(20_261_125);
    for (int i = 0; i < 1_000_000; i++) {
      byte[] network = sparse(random);
      byte[] host = sparse(random);
      byte[] one = joined(network, host);
      byte[] other = joined(network, sparse(random));
      String spelled = spelled(other, random);
      IpAddress address = IpAddress.parse(spelled);
      assertThat(address).as(spelled).isNotNull();
      if (!address.isV4() && !IpAddress.of(one).isV4()) {
        assertThat(address.client(64)).as(spelled).isEqualTo(IpAddress.of(one).client(64));
      }
      byte[] v4 = Arrays.copyOf(host, 4);
      byte[] wrapped = new byte[16];
      if (random.nextBoolean()) {
        wrapped[10] = (byte) 0xff;
        wrapped[11] = (byte) 0xff;
      } else {
        wrapped[1] = 0x64;
        wrapped[2] = (byte) 0xff;
        wrapped[3] = (byte) 0x9b;
      }
      System.arraycopy(v4, 0, wrapped, 12, 4);
      spelled = spelled(wrapped, random);
      assertThat(IpAddress.parse(spelled).client(64))
          .as(spelled)
          .isEqualTo(IpAddress.of(v4).toString());
    }
  }

  /** Eight bytes, of which every other group is zero. */
  private static byte[] sparse(Random random) {
    byte[] bytes = new byte[8];
    for (int i = 0; i < 8; i += 2) {
      if (random.nextBoolean()) {
        bytes[i] = (byte) (random.nextBoolean() ? 0 : random.nextInt());
        bytes[i + 1] = (byte) random.nextInt();
      }
    }
    return bytes;
  }

  private static String spelled(byte[] bytes, Random random) {
    boolean dotted = random.nextInt(4) == 0;
    int groups = dotted ? 6 : 8;
    int gap = random.nextInt(groups);
    int gapEnd = gap;
    while (gapEnd < groups
        && bytes[2 * gapEnd] == 0
        && bytes[2 * gapEnd + 1] == 0
        && (gapEnd == gap || random.nextInt(5) > 0)) {
      gapEnd++;
    }
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < groups; i++) {
      if (i == gap && gapEnd > gap) {
        text.append(i == 0 ? "::" : ":");
        i = gapEnd - 1;
      } else {
        int group = (bytes[2 * i] & 0xff) << 8 | bytes[2 * i + 1] & 0xff;
        String hex = Integer.toHexString(group);
        String padded = "0".repeat(random.nextInt(5 - hex.length())) + hex;
        text.append(random.nextBoolean() ? padded.toUpperCase(Locale.ROOT) : padded);
        text.append(i == 7 ? "" : ":");
      }
    }
    if (dotted) {
      text.append(IpAddress.of(Arrays.copyOfRange(bytes, 12, 16)));
    }
    text.append(random.nextInt(4) == 0 ? "%eth" + random.nextInt(9) : "");
    return random.nextInt(4) == 0 ? "[" + text + "]" : text.toString();
  }

  @Property
  void the_canonical_text_reads_back_as_the_same_address(@ForAll @Size(8) short[] sparse) {
    byte[] bytes = new byte[16];
    for (int i = 0; i < 8; i++) {
      int group = sparse[i] % 3 == 0 ? 0 : sparse[i];
      bytes[2 * i] = (byte) (group >> 8);
      bytes[2 * i + 1] = (byte) group;
    }
    IpAddress address = IpAddress.of(bytes);
    assertThat(IpAddress.parse(address.toString())).isEqualTo(address);
    assertThat(address.toString()).doesNotContain(":::");
  }

  @Property
  void mapped_and_nat64_forms_are_the_ipv4_address(@ForAll @Size(4) byte[] v4) {
    IpAddress plain = IpAddress.of(v4);
    assertThat(IpAddress.parse("::ffff:" + plain)).isEqualTo(plain).hasSameHashCodeAs(plain);
    assertThat(IpAddress.parse("64:ff9b::" + plain)).isEqualTo(plain);
    assertThat(IpAddress.parse(plain.toString())).isEqualTo(plain);
  }

  @Property
  void reading_never_throws(@ForAll String text) {
    IpAddress.parse(text);
    Cidr.parse(text);
  }

  @Test
  void an_address_has_4_or_16_bytes() {
    assertThatThrownBy(() -> IpAddress.of(new byte[5]))
        .hasMessage("address of 5 bytes (expected: 4 or 16)");
  }

  private static byte[] joined(byte[] network, byte[] host) {
    byte[] bytes = Arrays.copyOf(network, 16);
    System.arraycopy(host, 0, bytes, 8, 8);
    return bytes;
  }

  private static String spelled(byte[] bytes, int spelling) {
    StringBuilder long4 = new StringBuilder();
    StringBuilder bare = new StringBuilder();
    for (int i = 0; i < 16; i += 2) {
      int group = (bytes[i] & 0xff) << 8 | bytes[i + 1] & 0xff;
      long4.append(i == 0 ? "" : ":").append(String.format("%04X", group));
      bare.append(i == 0 ? "" : ":").append(String.format("%x", group));
    }
    String quad = IpAddress.of(Arrays.copyOfRange(bytes, 12, 16)).toString();
    return switch (spelling) {
      case 0 -> long4.toString();
      case 1 -> "[" + bare + "]";
      case 2 -> bare + "%eth0";
      case 3 -> long4.substring(0, 30) + quad;
      default -> IpAddress.of(bytes).toString();
    };
  }
}
