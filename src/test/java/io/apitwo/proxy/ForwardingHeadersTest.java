package io.apitwo.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.identify.ClientAddress;
import io.apitwo.identify.RequestHeaders;
import io.apitwo.proxy.ForwardingHeaders.Hop;
import io.apitwo.rules.Cidr;
import io.apitwo.rules.IpAddress;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ForwardingHeadersTest {
  private static final Hop PROXY = new Hop("203.0.113.9", "10.0.0.1", "http", "example.com");

  @ParameterizedTest
  @CsvSource(
      delimiter = ' ',
      quoteCharacter = '\0',
      value = {
        "203.0.113.9 http example.com for=203.0.113.9;host=example.com;proto=http",
        "203.0.113.9 https a:8443 for=203.0.113.9;host=\"a:8443\";proto=https",
        "2001:db8::9 http [::1] for=\"[2001:db8::9]\";host=\"[::1]\";proto=http",
      })
  void an_untrusted_peer_is_the_whole_story(
      String peer, String scheme, String authority, String forwarded) {
    assertThat(ForwardingHeaders.fresh(new Hop(peer, peer, scheme, authority)))
        .isEqualTo(new ForwardingHeaders(peer, scheme, authority, forwarded));
  }

  @Test
  void a_request_without_a_host_names_none() {
    Hop hop = new Hop("203.0.113.9", "203.0.113.9", "http", "");
    ForwardingHeaders expected =
        new ForwardingHeaders("203.0.113.9", "http", null, "for=203.0.113.9;proto=http");
    assertThat(ForwardingHeaders.fresh(hop)).isEqualTo(expected);
    assertThat(ForwardingHeaders.appended(hop, name -> List.of())).isEqualTo(expected);
  }

  @Test
  void a_trusted_proxy_is_added_to_what_it_says() {
    RequestHeaders inbound =
        headers(
            Map.of(
                "x-forwarded-for", List.of("6.6.6.6", "203.0.113.9"),
                "forwarded", List.of("for=203.0.113.9;proto=https"),
                "x-forwarded-proto", List.of("HTTPS"),
                "x-forwarded-host", List.of("Shop.example:443")));
    assertThat(ForwardingHeaders.appended(PROXY, inbound))
        .isEqualTo(
            new ForwardingHeaders(
                "6.6.6.6, 203.0.113.9, 10.0.0.1",
                "https",
                "Shop.example:443",
                "for=203.0.113.9;proto=https, for=10.0.0.1;host=example.com;proto=http"));
  }

  @Test
  void the_family_that_a_trusted_proxy_did_not_send_starts_with_the_client() {
    ForwardingHeaders old =
        ForwardingHeaders.appended(
            PROXY, headers(Map.of("x-forwarded-for", List.of("203.0.113.9"))));
    assertThat(old.forwarded())
        .isEqualTo("for=203.0.113.9, for=10.0.0.1;host=example.com;proto=http");
    Hop v6 = new Hop("2001:db8::9", "10.0.0.1", "http", "a");
    assertThat(ForwardingHeaders.appended(v6, name -> List.of()).forwarded())
        .isEqualTo("for=\"[2001:db8::9]\", for=10.0.0.1;host=a;proto=http");
    ForwardingHeaders standard =
        ForwardingHeaders.appended(PROXY, headers(Map.of("forwarded", List.of("for=203.0.113.9"))));
    assertThat(standard.forwardedFor()).isEqualTo("203.0.113.9, 10.0.0.1");
  }

  @Test
  void a_trusted_proxy_that_says_nothing_is_the_whole_story() {
    Hop hop = new Hop("10.0.0.1", "10.0.0.1", "https", "example.com");
    assertThat(ForwardingHeaders.appended(hop, headers(Map.of("x-forwarded-for", List.of("")))))
        .isEqualTo(ForwardingHeaders.fresh(hop));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "ftp", "https,http", "https http", "javascript:x"})
  void a_proto_that_is_neither_http_nor_https_is_replaced(String proto) {
    assertThat(proto(List.of(proto))).isEqualTo("http");
    assertThat(proto(List.of("https", "https"))).isEqualTo("http");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "a b", "a@b", "a,b", "a:0", "a/b"})
  void a_host_that_is_malformed_is_replaced(String host) {
    RequestHeaders inbound = headers(Map.of("x-forwarded-host", List.of(host)));
    assertThat(ForwardingHeaders.appended(PROXY, inbound).host()).isEqualTo("example.com");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X-Forwarded-For",
        "x-forwarded-proto",
        "X-FORWARDED-HOST",
        "X-Forwarded-Port",
        "X-Forwarded-",
        "X-Forwarded",
        "Forwarded",
        "forwarded",
        "X-Real-IP",
        "X_Forwarded_For",
        "x_real_ip"
      })
  void forwarding_headers_are_known_in_any_spelling(String name) {
    assertThat(ForwardingHeaders.isForwarding(name)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "Host", "X-Forward", "X-Forwarder", "Forwarded-For", "X-Real-I", "Via"})
  void other_headers_are_not_forwarding_headers(String name) {
    assertThat(ForwardingHeaders.isForwarding(name)).isFalse();
  }

  @Test
  void the_next_gateway_finds_the_same_client() {
    ClientAddress next = new ClientAddress(List.of(Cidr.parse("10.0.0.0/8")));
    for (String client : List.of("203.0.113.9", "2001:db8::9")) {
      ForwardingHeaders sent =
          ForwardingHeaders.appended(
              new Hop(client, "10.0.0.1", "http", "a:80"),
              headers(Map.of("x-forwarded-for", List.of("6.6.6.6, " + client))));
      IpAddress here = IpAddress.parse("10.0.0.2");
      assertThat(next.of(here, headers(Map.of("forwarded", List.of(sent.forwarded())))))
          .hasToString(client);
      assertThat(next.of(here, headers(Map.of("x-forwarded-for", List.of(sent.forwardedFor())))))
          .hasToString(client);
    }
  }

  private static String proto(List<String> values) {
    return ForwardingHeaders.appended(PROXY, headers(Map.of("x-forwarded-proto", values))).proto();
  }

  private static RequestHeaders headers(Map<String, List<String>> headers) {
    return name -> headers.getOrDefault(name, List.of());
  }
}
