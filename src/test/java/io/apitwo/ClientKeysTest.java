package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What tells clients apart, as they meet it: each may come once in a month, so a second request
 * passes only if it is another client's.
 */
class ClientKeysTest {
  @TempDir Path folder;
  private RunningGateway gateway;

  @AfterEach
  void close() {
    if (gateway != null) {
      gateway.close();
    }
  }

  private void start(String match, String limit, String... settings) throws Exception {
    String rules =
        """
        upstreams: { echo: { builtin: echo } }
        routes:
          - { id: this, match: { %s }, upstream: echo, limits: [once] }
          - { id: that, match: { path: %s }, upstream: echo, limits: [once] }
        limits: { once: { %s, windows: { month: 1 } } }
        """
            .formatted(match, match.contains("{tenant}") ? "'/{tenant}'" : "/that", limit);
    gateway = RunningGateway.start(folder, rules, settings);
  }

  private int get(String path, String... headers) throws Exception {
    return gateway.get(path, headers).statusCode();
  }

  @Test
  void a_cookie() throws Exception {
    start("path: /", "by: [{ cookie: sid }], missing: anonymous");
    assertThat(get("/", "Cookie", "a=1; sid=x")).isEqualTo(200);
    assertThat(get("/", "Cookie", "sid=x; theme=dark")).isEqualTo(429);
    assertThat(get("/", "Cookie", "sid=y")).isEqualTo(200);
    assertThat(get("/", "Cookie", "SID=z")).isEqualTo(200); // another name: nobody's yet
    assertThat(get("/", "Cookie", "sid=v; sid=w")).isEqualTo(429); // twice is as good as none
    assertThat(get("/")).isEqualTo(429);
  }

  @Test
  void a_query_parameter() throws Exception {
    start("path: /", "by: [{ query: user id }], missing: anonymous");
    assertThat(get("/?user%20id=a%2Bb&x=1")).isEqualTo(200);
    assertThat(get("/?x=2&user+id=a%2bb")).isEqualTo(429);
    assertThat(get("/?user+id=b")).isEqualTo(200);
    assertThat(get("/?user+id=c&user%20id=d")).isEqualTo(200); // nobody's
    assertThat(get("/?user+id=c&user%20id=c")).isEqualTo(429);
    assertThat(get("/?user+id=")).isEqualTo(429);
    assertThat(get("/")).isEqualTo(429);
  }

  @Test
  void a_path_parameter() throws Exception {
    start("path: '/of/{tenant}/items/**'", "by: [{ path: tenant }]");
    assertThat(get("/of/acme/items/1")).isEqualTo(200);
    assertThat(get("/of/acme/items/2?x")).isEqualTo(429);
    assertThat(get("/of//acme/./items/3")).isEqualTo(429);
    assertThat(get("/of/%61cme/items/4")).isEqualTo(429);
    assertThat(get("/of/Acme/items/1")).isEqualTo(200);
    assertThat(get("/of/other/items")).isEqualTo(200);
  }

  @Test
  void the_method_of_which_head_is_a_get() throws Exception {
    start("path: /", "by: [method]");
    assertThat(get("/")).isEqualTo(200);
    HttpRequest.Builder head =
        gateway.request("/").method("HEAD", HttpRequest.BodyPublishers.noBody());
    assertThat(gateway.send(head).statusCode()).isEqualTo(429);
    HttpRequest.Builder options =
        gateway.request("/").method("OPTIONS", HttpRequest.BodyPublishers.noBody());
    assertThat(gateway.send(options).statusCode()).isEqualTo(200);
    assertThat(gateway.send(options).statusCode()).isEqualTo(429);
  }

  private String ofHost(String host) throws Exception {
    String answer =
        gateway.raw("GET / HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
    return answer.substring(9, 12);
  }

  @Test
  void the_host_without_port_and_case() throws Exception {
    start("path: /", "by: [host]");
    assertThat(ofHost("a.example")).isEqualTo("200");
    assertThat(ofHost("A.Example:8080")).isEqualTo("429");
    assertThat(ofHost("b.example")).isEqualTo("200");
  }

  @Test
  void the_route() throws Exception {
    start("path: /this", "by: [route]");
    assertThat(get("/this")).isEqualTo(200);
    assertThat(get("/that")).isEqualTo(200);
    assertThat(get("/this")).isEqualTo(429);
    assertThat(get("/that")).isEqualTo(429);
  }

  @Test
  void a_constant_is_one_client_for_all() throws Exception {
    start("path: /this", "by: [{ constant: all }]");
    assertThat(get("/this", "X-Any", "1")).isEqualTo(200);
    assertThat(get("/that", "X-Any", "2")).isEqualTo(429);
  }

  @Test
  void the_first_part_that_is_there() throws Exception {
    start("path: /", "by: { first: [{ header: X-Key }, { cookie: sid }, address] }");
    assertThat(get("/", "X-Key", "a", "Cookie", "sid=s")).isEqualTo(200);
    assertThat(get("/", "X-Key", "a", "Cookie", "sid=t")).isEqualTo(429);
    assertThat(get("/", "Cookie", "sid=a")).isEqualTo(200); // the same value of another part
    assertThat(get("/", "Cookie", "sid=s")).isEqualTo(200);
    assertThat(get("/", "Cookie", "sid=s", "X-Key", "")).isEqualTo(429);
    assertThat(get("/", "X-Key", "127.0.0.1")).isEqualTo(200);
    assertThat(get("/")).isEqualTo(200);
    assertThat(get("/", "Cookie", "sid=")).isEqualTo(429);
  }

  @Test
  void parts_composed() throws Exception {
    start("path: /", "by: [{ header: X-Team }, { query: user }], missing: anonymous");
    assertThat(get("/?user=b", "X-Team", "a")).isEqualTo(200);
    assertThat(get("/?user=b", "X-Team", "a")).isEqualTo(429);
    assertThat(get("/?user=a", "X-Team", "b")).isEqualTo(200);
    assertThat(get("/?user=b%7C", "X-Team", "a")).isEqualTo(200);
    assertThat(get("/?user=b", "X-Team", "a|")).isEqualTo(200);
    assertThat(get("/?user=b")).isEqualTo(200);
    assertThat(get("/?user=b", "X-Team", "~anonymous")).isEqualTo(200);
    assertThat(get("/?user=b", "X-Team", "")).isEqualTo(429);
  }

  @ParameterizedTest
  @CsvSource({"anonymous, 200, 429", "address, 200, 429", "'401', 401, 401"})
  void whoever_does_not_say_who_they_are(String missing, int first, int second) throws Exception {
    start("path: /", "by: [{ header: X-Key }], missing: " + missing);
    assertThat(get("/")).isEqualTo(first);
    assertThat(get("/")).isEqualTo(second);
    assertThat(get("/", "X-Key", "127.0.0.1")).isEqualTo(200); // what stands in is nobody's name
    assertThat(get("/", "X-Key", "~anonymous")).isEqualTo(200);
    HttpResponse<String> refused = gateway.get("/", "X-Key", "");
    assertThat(refused.statusCode()).isEqualTo(second);
    assertThat(refused.body()).doesNotContain("127.0.0.1").contains("\"code\":" + second);
  }

  @Test
  void a_hundred_cookie_headers_are_one_client_more() throws Exception {
    start("path: /", "by: [{ cookie: sid }], missing: anonymous");
    StringBuilder request = new StringBuilder("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n");
    for (int i = 0; i < 100; i++) {
      request.append("Cookie: c").append(i).append("=").append(i).append("\r\n");
    }
    assertThat(gateway.raw(request + "Cookie: sid=x\r\n\r\n")).startsWith("HTTP/1.1 200");
    assertThat(get("/", "Cookie", "sid=x")).isEqualTo(429);
    request.append("Cookie: sid=a\r\nCookie: sid=b\r\n\r\n");
    assertThat(gateway.raw(request.toString())).startsWith("HTTP/1.1 200"); // nobody's
    assertThat(gateway.raw(request.toString())).startsWith("HTTP/1.1 429");
  }

  @Test
  void values_of_any_length_are_a_bounded_key_or_refused() throws Exception {
    start("path: /**", "by: { first: [{ header: X-Key }, { cookie: k }, { query: k }] }");
    String kilobytes = "k".repeat(7_000);
    assertThat(get("/", "X-Key", kilobytes)).isEqualTo(200);
    assertThat(get("/", "X-Key", kilobytes)).isEqualTo(429);
    assertThat(get("/", "X-Key", kilobytes + "x")).isEqualTo(200);
    assertThat(get("/?k=" + kilobytes)).isEqualTo(200);
    assertThat(get("/?k=" + kilobytes)).isEqualTo(429);
    String more = "k".repeat(16_500); // what follows is not even read
    for (String header : List.of("X-Key: ", "Cookie: k=")) {
      assertThat(gateway.raw("GET / HTTP/1.1\r\nHost: h\r\n" + header + more))
          .startsWith("HTTP/1.1 431 ");
    }
    assertThat(gateway.raw("GET /?k=" + "k".repeat(8_300))).contains(" 414 ");
    assertThat(gateway.log.toString()).doesNotContain("kkkk");
  }

  @Test
  void every_spelling_of_an_ipv6_network_is_one_client_behind_a_trusted_proxy() throws Exception {
    start("path: /", "by: [address]", "PROXY_TRUSTED_PROXIES", "127.0.0.1/32");
    assertThat(get("/", "X-Forwarded-For", "2001:db8:0:1::1")).isEqualTo(200);
    for (String same :
        List.of(
            "2001:DB8:0:1:ffff::2",
            "2001:0db8:0000:0001:0000:0000:0000:0001",
            "[2001:db8:0:1::5]:4711",
            "2001:db8::1:0:0:0:7",
            "2001:db8:0:1::1%eth0",
            "2001:db8:0:1::10.0.0.1")) {
      assertThat(get("/", "X-Forwarded-For", same)).as(same).isEqualTo(429);
    }
    assertThat(get("/", "X-Forwarded-For", "2001:db8:0:2::1")).isEqualTo(200);
    assertThat(get("/", "X-Forwarded-For", "::ffff:192.0.2.1")).isEqualTo(200);
    assertThat(get("/", "X-Forwarded-For", "64:ff9b::192.0.2.1")).isEqualTo(429);
    assertThat(get("/", "X-Forwarded-For", "192.0.2.1")).isEqualTo(429);
    assertThat(get("/", "X-Forwarded-For", "192.0.2.2")).isEqualTo(200);
  }
}
