package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** No spelling of a path, no method and no upgrade leads past a limit. */
class PathHygieneTest {
  private static final List<String> METHODS =
      List.of("GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "PATCH", "QUERY", "PROPFIND");

  /** Of /api/users, or of what some servers take for it. */
  private static final List<String> SPELLINGS =
      List.of(
          "/api/users",
          "/api//users",
          "//api/users",
          "/api/./users",
          "/./api/users",
          "/api/x/../users",
          "/%61pi/users",
          "/api/%75sers",
          "/api/users?x",
          "/api/users/",
          "/api/users;x",
          "/api;x=1/users",
          "/api/users%3bx",
          "/api%2fusers",
          "/api%2Fusers",
          "/api%5cusers",
          "/api\\users",
          "/api/..%2fapi/users",
          "/api/users%00",
          "/api/users%20",
          "/api/users.",
          "/API/users",
          "/api/users%2f",
          "/api/%2e/users",
          "/api/users#x",
          "http://h/api/users",
          "HTTP://H//api/users");

  private static final String RULES =
      """
      upstreams: { up: { targets: ["http://127.0.0.1:%d"] } }
      routes:
        - { id: writes, match: { path: /api/users, methods: [POST, PUT] }, upstream: up, limits: [none] }
        - { id: users, match: { path: /api/users }, upstream: up, limits: [none] }
        - { id: named, match: { path: "/api/{name}/" }, upstream: up, limits: [none] }
        - { id: forms, match: { path: /forms/**, pathParameters: true, escapedSlash: true }, upstream: up }
        - { id: rest, upstream: up, limits: [none] }
      limits: { none: { by: [{ constant: all }], windows: { month: 1 } } }
      """;

  @TempDir Path folder;

  private static int status(String response) {
    return Integer.parseInt(response.substring(9, 12));
  }

  @Test
  void no_spelling_no_method_and_no_upgrade_leads_past_a_limit() throws Exception {
    try (TestUpstream upstream = new TestUpstream(request -> request.response().end());
        RunningGateway gateway = RunningGateway.start(folder, RULES.formatted(upstream.port()))) {
      assertThat(gateway.get("/api/users").statusCode()).isEqualTo(200);
      int tried = 0;
      for (String method : METHODS) {
        for (String spelling : SPELLINGS) {
          for (String more :
              List.of(
                  "",
                  "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                      + "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n",
                  "X-HTTP-Method-Override: GET\r\nX-Original-URL: /forms/x\r\n")) {
            String answer = raw(gateway, method, spelling, more);
            assertThat(status(answer)).as(method + " " + spelling).isIn(400, 429);
            tried++;
          }
        }
      }
      assertThat(tried).isEqualTo(METHODS.size() * SPELLINGS.size() * 3);
      assertThat(upstream.seen()).containsExactly("GET /api/users");
    }
  }

  private static String raw(RunningGateway gateway, String method, String target, String headers)
      throws Exception {
    try (Socket socket = gateway.connect()) {
      RunningGateway.send(
          socket, method + " " + target + " HTTP/1.1\r\nHost: h\r\n" + headers + "\r\n");
      return RunningGateway.until(socket, "\r\n\r\n");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/x;a", "/x/y;a=b/z", "/x%3Ba", "/x%2fy", "/x%2F"})
  void what_programs_read_in_several_ways_is_refused_unless_the_route_takes_it(String path)
      throws Exception {
    try (TestUpstream upstream = new TestUpstream(request -> request.response().end());
        RunningGateway gateway = RunningGateway.start(folder, RULES.formatted(upstream.port()))) {
      assertThat(status(raw(gateway, "GET", path, ""))).isEqualTo(400);
      assertThat(upstream.seen()).isEmpty();
      assertThat(status(raw(gateway, "GET", "/forms" + path, ""))).isEqualTo(200);
      String canonical = path.replace("%2f", "%2F");
      assertThat(upstream.seen()).containsExactly("GET /forms" + canonical);
    }
  }

  @ParameterizedTest
  @CsvSource({"/forms/..%2fapi/users", "/forms/x%2F..%2F..%2Fapi", "/forms/%2e%2e%2fapi"})
  void an_escaped_slash_never_hides_a_way_up(String path) throws Exception {
    try (TestUpstream upstream = new TestUpstream(request -> request.response().end());
        RunningGateway gateway = RunningGateway.start(folder, RULES.formatted(upstream.port()))) {
      assertThat(status(raw(gateway, "GET", path, ""))).isEqualTo(400);
      assertThat(upstream.seen()).isEmpty();
    }
  }
}
