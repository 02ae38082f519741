package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is let in to the admin API, and what is written down of it. */
class AdminDoorTest {
  private static final String RULES = LimitingTest.echo("by: [address], windows: { month: 100 }");
  private static final String PATH = "/admin/v1/rules";

  @TempDir Path folder;
  private RunningGateway gateway;
  private Admin admin;

  @BeforeEach
  void start() throws Exception {
    gateway = RunningGateway.start(folder, RULES);
    admin = new Admin(gateway);
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  private List<String> audited(int least) {
    return Awaitility.await()
        .until(
            () -> gateway.log.toString().lines().filter(line -> line.contains(" audit ")).toList(),
            lines -> lines.size() >= least);
  }

  /** One request by hand, from an address of the loopback network. */
  private String raw(String from, String head) throws IOException {
    try (Socket socket = new Socket()) {
      socket.bind(new InetSocketAddress(InetAddress.getByName(from), 0));
      socket.connect(new InetSocketAddress("127.0.0.1", gateway.gateway.managementPort()));
      socket.setSoTimeout(20_000);
      RunningGateway.send(socket, head + "\r\nHost: h\r\nConnection: close\r\n\r\n");
      return RunningGateway.rest(socket);
    }
  }

  private static String get(String token) {
    return "GET " + PATH + " HTTP/1.1\r\nAuthorization: Bearer " + token;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "?token=" + RunningGateway.TOKEN,
        "?access_token=x",
        "?whatever=" + RunningGateway.TOKEN,
        "?whatever=Bearer%20" + RunningGateway.TOKEN,
        "?whatever=bearer+" + RunningGateway.TOKEN,
        "?" + RunningGateway.TOKEN,
        "?a=b&Bearer%20" + RunningGateway.TOKEN + "=c",
        "?TOKEN"
      })
  void a_token_in_the_url_is_refused_even_if_it_is_right(String query) throws Exception {
    HttpResponse<String> refused = admin.get(PATH + query);
    assertThat(refused.statusCode()).isEqualTo(401);
    assertThat(refused.body()).contains("a token in the URL is not taken");
    assertThat(audited(1).get(0)).contains("status=401").contains("a token in the URL");
    assertThat(gateway.log.toString()).doesNotContain(RunningGateway.TOKEN);
  }

  @Test
  void who_fails_too_often_waits_and_others_do_not() throws Exception {
    for (int i = 0; i < 10; i++) {
      assertThat(raw("127.0.0.2", get("wrong-token-number-" + i))).startsWith("HTTP/1.1 401");
    }
    assertThat(raw("127.0.0.2", get(RunningGateway.TOKEN)))
        .startsWith("HTTP/1.1 429")
        .containsIgnoringCase("retry-after: ");
    assertThat(raw("127.0.0.3", get(RunningGateway.TOKEN))).startsWith("HTTP/1.1 200");
    assertThat(admin.get("/health/live").statusCode()).isEqualTo(200);
    List<String> lines = audited(11);
    assertThat(lines).hasSize(11);
    assertThat(lines.get(10)).contains("who=127.0.0.2").contains("status=429");
    assertThat(gateway.log.toString()).doesNotContain("wrong-token");
    assertThat(gateway.manage("/metrics").body())
        .contains("apitwo_admin_requests_total{outcome=\"token\"} 10.0")
        .contains("apitwo_admin_requests_total{outcome=\"throttled\"} 1.0")
        .contains("apitwo_admin_requests_total{outcome=\"answered\"} 1.0");
  }

  @Test
  void who_shows_no_token_need_not_wait_and_does_not_fill_the_log() throws Exception {
    for (int i = 0; i < 30; i++) {
      assertThat(raw("127.0.0.2", "GET " + PATH + " HTTP/1.1")).startsWith("HTTP/1.1 401");
      assertThat(raw("127.0.0.2", "GET " + PATH + "?token=x HTTP/1.1")).startsWith("HTTP/1.1 401");
    }
    assertThat(raw("127.0.0.2", get(RunningGateway.TOKEN))).startsWith("HTTP/1.1 200");
    raw("127.0.0.3", get("wrong"));
    assertThat(audited(11)).hasSize(11);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/admin/v1/clients/secret%2Fkey/usage",
        "/admin/v1/clients/secret/key/usage/",
        "//admin/v1//clients//secret/%6bey/block",
        "/admin/v1/%63lients;x/secret/key",
        "/admin/v1/Clients/secret%2fkey/Boost",
      })
  void no_key_of_a_client_is_written_down_when_somebody_is_refused(String path) throws Exception {
    admin.send("DELETE", "/admin/v1/clients/secret%2Fkey/usage", "");
    String hash = audited(1).get(0).replaceFirst(".*/clients/(sha256:[0-9a-f]+)/usage.*", "$1");
    assertThat(raw("127.0.0.2", "GET " + path + " HTTP/1.1")).doesNotStartWith("HTTP/1.1 200");
    assertThat(raw("127.0.0.2", "GET " + PATH + " HTTP/1.1")).startsWith("HTTP/1.1 401");
    assertThat(audited(2).get(1)).contains("refused", hash);
    assertThat(gateway.log.toString()).doesNotContain("secret");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "//admin/v1/rules",
        "/%61dmin/v1/rules",
        "/admin%2fv1%2frules",
        "/x/../admin/v1/rules",
        "/./admin/v1/rules",
        "/admin/v1/rules/",
        "/admin//v1/rules",
        "/ADMIN/v1/rules",
        "/health/../admin/v1/rules",
        "/admin/v1/rules;x",
        "http://h/admin/v1/rules",
        "/metrics/../admin/v1/rules?x=/metrics",
      })
  void no_spelling_of_the_path_goes_round_the_door(String path) throws Exception {
    assertThat(raw("127.0.0.1", "GET " + path + " HTTP/1.1"))
        .matches("(?s)HTTP/1.1 (400|401|404) .*")
        .doesNotContain("upstreams");
  }

  @Test
  void each_change_is_written_down_with_who_what_and_what_became_of_it() throws Exception {
    admin.put(RULES.replace("100", "7"));
    admin.put("x: 1");
    admin.put(RULES, "If-Match", "1");
    admin.patch("default", "{\"windows\": {\"month\": 8}}");
    admin.rollback(1);
    admin.send("PUT", PATH + "?dryRun=true", RULES, "Content-Type", "application/yaml");
    admin.get(PATH);
    admin.get(PATH, "Origin", "http://evil.example");
    String who = "change who=127.0.0.1 what=";
    assertThat(audited(7).stream().map(line -> line.replaceFirst("^.* audit ", "")))
        .containsExactly(
            who + "\"PUT /admin/v1/rules\" status=200 revision=2",
            who + "\"PUT /admin/v1/rules\" status=422 revision=-",
            who + "\"PUT /admin/v1/rules\" status=412 revision=2",
            who + "\"PATCH /admin/v1/limits/default\" status=200 revision=3",
            who + "\"POST /admin/v1/rules/revisions/1/rollback\" status=200 revision=4",
            who + "\"PUT /admin/v1/rules?dryRun=true\" status=200 revision=5",
            "refused who=127.0.0.1 what=\"GET /admin/v1/rules\" status=403 because=\"an Origin\"");
  }

  @Test
  void an_order_for_a_client_is_written_down_with_how_much_and_how_long() throws Exception {
    String path = "/admin/v1/clients/somebody/";
    String json = "application/json";
    admin.send("POST", path + "boost", "{\"factor\": 2, \"seconds\": 60}", "Content-Type", json);
    admin.send("POST", path + "block", "{\"seconds\": 5}", "Content-Type", json);
    assertThat(audited(2).stream().map(line -> line.replaceFirst("sha256:[0-9a-f]+", "KEY")))
        .satisfiesExactly(
            boost ->
                assertThat(boost).contains("clients/KEY/boost factor=2.0 seconds=60\" status=200"),
            block -> assertThat(block).contains("clients/KEY/block seconds=5\" status=200"));
  }

  @ParameterizedTest
  @CsvSource({
    "DELETE, usage?dryRun=true, ''",
    "DELETE, usage, '\"1\"'",
    "POST, boost?dryRun=true, ''",
    "POST, boost?dryRun=perhaps, ''",
    "POST, block, 7",
    "DELETE, boost?dryRun=true, ''",
    "DELETE, block, '\"1\"'",
  })
  void an_order_for_a_client_knows_no_dry_run_and_no_revision(
      String method, String path, String ifMatch) throws Exception {
    String client = "/admin/v1/clients/127.0.0.1/";
    String order = "{\"factor\": 2, \"seconds\": 60}";
    String block = "{\"seconds\": 60}";
    String json = "application/json";
    assertThat(admin.send("POST", client + "boost", order, "Content-Type", json).statusCode())
        .isEqualTo(200);
    gateway.get("/");
    String before = admin.get("/admin/v1/adjustments").body();
    String body = method.equals("DELETE") ? "" : path.startsWith("boost") ? order : block;
    HttpResponse<String> refused =
        ifMatch.isEmpty()
            ? admin.send(method, client + path, body, "Content-Type", json)
            : admin.send(method, client + path, body, "Content-Type", json, "If-Match", ifMatch);
    assertThat(refused.statusCode()).as(refused.body()).isEqualTo(400);
    assertThat(admin.get("/admin/v1/adjustments").body()).isEqualTo(before);
    assertThat(admin.get(client + "usage").body()).contains("\"used\":1");
    assertThat(audited(2).get(1)).contains("status=400 revision=-");
  }

  @Test
  void a_body_that_does_not_arrive_is_the_callers_failure() throws Exception {
    try (Socket socket = new Socket("127.0.0.1", gateway.gateway.managementPort())) {
      RunningGateway.send(
          socket,
          "PUT "
              + PATH
              + " HTTP/1.1\r\nHost: h\r\nContent-Type: application/yaml\r\n"
              + "Content-Length: 1000\r\nAuthorization: Bearer "
              + RunningGateway.TOKEN
              + "\r\n\r\nupstreams:");
    }
    assertThat(audited(1).get(0)).contains("\"PUT /admin/v1/rules\" status=400 revision=-");
    assertThat(gateway.manage("/metrics").body())
        .contains("apitwo_admin_requests_total{outcome=\"invalid\"} 1.0")
        .contains("apitwo_admin_requests_total{outcome=\"failed\"} 0.0");
    assertThat(gateway.log.toString()).doesNotContain("ERROR");
  }

  @Test
  void nobody_writes_lines_of_their_own_into_the_log() throws Exception {
    admin.patch("a%0D%0A2026%20INFO%20audit%20change%20who=evil%22%1b%5B31m", "{}");
    raw("127.0.0.1", "GET /admin/%0aevil\"\u00e9 HTTP/1.1");
    List<String> lines = audited(2);
    assertThat(lines).hasSize(2);
    assertThat(lines.get(0))
        .contains("what=\"PATCH /admin/v1/limits/a??2026 INFO audit change who=evil??[31m\"");
    assertThat(lines.get(1)).contains("what=\"GET /admin/%0aevil??");
  }
}
