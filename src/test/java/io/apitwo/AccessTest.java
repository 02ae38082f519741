package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apitwo.Gateways.Counted;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Which limits are a client's: overrides, plans, costs, lists, and several limits at once; through
 * one gateway, or through two on one Redis. Windows are months, so that none ends on the way.
 */
class AccessTest {
  private static final String[] TRUSTING = {"PROXY_TRUSTED_PROXIES", "127.0.0.1/32"};

  @TempDir Path folder;
  private Gateways gateways;

  @AfterEach
  void close() {
    if (gateways != null) {
      gateways.close();
    }
  }

  private void start(Counted counted, String routes, String limitsAndMore, String... settings)
      throws Exception {
    String rules = "upstreams: { echo: { builtin: echo } }\nroutes:\n%slimits:\n%s";
    gateways =
        Gateways.start(folder, counted, rules.formatted(routes.indent(2), limitsAndMore), settings);
  }

  private static final String ALL = "- { id: all, upstream: echo, limits: [default] }";

  /** How many of so many requests pass, one after the other. */
  private int passes(int count, String path, String... headers) throws Exception {
    int passed = 0;
    for (int i = 0; i < count; i++) {
      int status = gateways.status(path, headers);
      assertThat(status).isIn(200, 429);
      passed += status == 200 ? 1 : 0;
    }
    return passed;
  }

  private static String policy(HttpResponse<String> response) {
    return response.headers().firstValue("RateLimit-Policy").orElse("");
  }

  @ParameterizedTest
  @EnumSource(Counted.class)
  void a_client_of_its_own_quota_has_that_and_is_told_it(Counted counted) throws Exception {
    start(
        counted,
        ALL,
        """
          default:
            by: [{ header: X-Client }]
            windows: { month: 2 }
            overrides: { acme: { windows: { month: 5 } }, "a%7Cb": { windows: { month: 1 } } }
        """);
    HttpResponse<String> own = gateways.get("/", "X-Client", "acme");
    assertThat(policy(own)).isEqualTo("\"month\";q=5;w=2678400");
    assertThat(Gateways.left(own, "month")).isEqualTo(4);
    assertThat(passes(9, "/", "X-Client", "acme")).isEqualTo(4);
    HttpResponse<String> other = gateways.get("/", "X-Client", "other");
    assertThat(policy(other)).isEqualTo("\"month\";q=2;w=2678400");
    assertThat(Gateways.left(other, "month")).isEqualTo(1);
    assertThat(passes(9, "/", "X-Client", "other")).isEqualTo(1);
    assertThat(passes(9, "/", "X-Client", "a|b")).isEqualTo(1);
  }

  private static final String PLANS =
      """
        default: { by: [{ header: X-Client }], windows: { month: 3 } }
      plans:
        pro:
          when: { header: { X-Plan: [pro, enterprise] } }
          limits: { default: { by: [{ header: X-Client }], windows: { month: 7 } } }
        beta:
          when: { host: beta.example, header: { X-Beta: "yes" } }
          limits: { default: { by: [{ constant: beta }], windows: { month: 1 } } }
      """;

  @ParameterizedTest
  @EnumSource(Counted.class)
  void a_client_that_changes_its_plan_goes_on_counting_and_passes_at_once(Counted counted)
      throws Exception {
    start(counted, ALL, PLANS, TRUSTING);
    String[] free = {"X-Client", "c"};
    String[] pro = {"X-Client", "c", "X-Plan", "pro"};
    assertThat(passes(6, "/", free)).isEqualTo(3); // and each node remembers that it is over
    HttpResponse<String> upgraded = gateways.get("/", pro);
    assertThat(upgraded.statusCode()).isEqualTo(200);
    assertThat(policy(upgraded)).isEqualTo("\"month\";q=7;w=2678400");
    assertThat(Gateways.left(upgraded, "month")).isEqualTo(3);
    assertThat(passes(9, "/", free)).isZero();
    assertThat(passes(9, "/", pro)).isEqualTo(3);
  }

  @Test
  void a_lease_or_a_refusal_of_one_plan_is_not_used_for_another() throws Exception {
    start(
        Counted.PACKED,
        ALL,
        """
          default: { by: [{ header: X-Client }], windows: { month: 300 } }
        plans:
          pro:
            when: { header: { X-Plan: pro } }
            limits: { default: { by: [{ header: X-Client }], windows: { month: 2000 } } }
        """,
        TRUSTING);
    String[] free = {"X-Client", "c"};
    String[] pro = {"X-Client", "c", "X-Plan", "pro"};
    assertThat(passes(900, "/", pro)).isEqualTo(900); // with quota on lease
    assertThat(passes(20, "/", free)).isZero();
    assertThat(passes(900, "/", pro)).isEqualTo(900);
    assertThat(passes(20, "/", free)).isZero();
    int[] rest = {0};
    await() // what is on lease at the other node comes back
        .atMost(Duration.ofSeconds(20))
        .until(() -> (rest[0] += passes(20, "/", pro)) >= 200);
    assertThat(rest[0] + passes(20, "/", pro)).isEqualTo(200);
  }

  @Test
  void a_header_makes_no_plan_unless_a_trusted_proxy_brings_it() throws Exception {
    start(Counted.EMBEDDED, ALL, PLANS);
    HttpResponse<String> response = gateways.get("/", "X-Client", "c", "X-Plan", "pro");
    assertThat(policy(response)).isEqualTo("\"month\";q=3;w=2678400");
    assertThat(passes(9, "/", "X-Client", "c", "X-Plan", "enterprise")).isEqualTo(2);
  }

  @Test
  void a_plan_is_had_by_those_for_whom_all_of_its_conditions_hold() throws Exception {
    start(Counted.EMBEDDED, ALL, PLANS, TRUSTING);
    String request =
        "GET / HTTP/1.1\r\nHost: %s\r\nX-Client: c\r\nX-Beta: %s\r\nConnection: close\r\n\r\n";
    RunningGateway gateway = gateways.next();
    assertThat(gateway.raw(request.formatted("beta.example", "yes"))).contains(";q=1;");
    assertThat(gateway.raw(request.formatted("beta.example", "no"))).contains(";q=3;");
    assertThat(gateway.raw(request.formatted("else.example", "yes"))).contains(";q=3;");
    assertThat(gateway.raw(request.formatted("Beta.example:80", "yes"))).startsWith("HTTP/1.1 429");
  }

  private static final String FOUR =
      """
        all: { by: [{ constant: all }], windows: { month: 12 } }
        route: { by: [route], windows: { month: 8 } }
        tenant: { by: [{ header: X-Tenant }], windows: { month: 6 } }
        user: { by: [{ header: X-Tenant }, { header: X-User }], windows: { month: 4 } }
      """;

  private static final String TWO_ROUTES =
      """
      - { id: a, match: { path: /a }, upstream: echo, limits: [all, route, tenant, user] }
      - { id: b, match: { path: /b }, upstream: echo, limits: [all, route, tenant, user] }
      """;

  /** Everybody, their route, their tenant and their user: on a cluster these lie in four shards. */
  @ParameterizedTest
  @EnumSource(Counted.class)
  void several_limits_are_decided_together_and_a_refused_request_charges_none(Counted counted)
      throws Exception {
    start(counted, TWO_ROUTES, FOUR);
    assertThat(passes(10, "/a", "X-Tenant", "t", "X-User", "u")).isEqualTo(4);
    HttpResponse<String> refused = gateways.get("/a", "X-Tenant", "t", "X-User", "u");
    assertThat(refused.body()).contains("(month)");
    assertThat(Gateways.left(refused, "user.month")).isZero();
    assertLeft(8, 4, 2);
    assertThat(passes(10, "/b", "X-Tenant", "t", "X-User", "w")).isEqualTo(2);
    assertThat(passes(10, "/a", "X-Tenant", "s", "X-User", "u")).isEqualTo(4);
    assertThat(passes(10, "/a", "X-Tenant", "r", "X-User", "u")).isZero(); // the route is full
    assertThat(passes(10, "/b", "X-Tenant", "r", "X-User", "u")).isEqualTo(2); // now all are
    assertThat(passes(10, "/b", "X-Tenant", "q", "X-User", "u")).isZero();
  }

  /**
   * What is left after one request that is refused for its user alone was made again and again. A
   * part that was granted in vain may be on its way back.
   */
  private void assertLeft(long all, long route, long tenant) {
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> {
              HttpResponse<String> refused = gateways.get("/a", "X-Tenant", "t", "X-User", "u");
              assertThat(refused.statusCode()).isEqualTo(429);
              assertThat(
                      List.of(
                          Gateways.left(refused, "all.month"),
                          Gateways.left(refused, "route.month"),
                          Gateways.left(refused, "tenant.month")))
                  .containsExactly(all, route, tenant);
            });
  }

  @Test
  void on_a_cluster_exactly_the_quotas_pass_although_their_parts_lie_apart() throws Exception {
    start(Counted.CLUSTER, TWO_ROUTES, FOUR.replace("12", "120").replace(": 8", ": 80"));
    List<Integer> passed = new ArrayList<>();
    for (int tenant = 0; tenant < 30; tenant++) {
      int ofTenant = 0;
      for (int user = 0; user < 3; user++) {
        ofTenant += passes(5, "/a", "X-Tenant", "t" + tenant, "X-User", "u" + user);
      }
      passed.add(ofTenant);
    }
    assertThat(passed).allMatch(each -> each <= 6);
    assertThat(passed.stream().mapToInt(Integer::intValue).sum()).isLessThanOrEqualTo(80);
    int[] all = {passed.stream().mapToInt(Integer::intValue).sum()};
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> (all[0] += passes(5, "/a", "X-Tenant", "x" + all[0], "X-User", "u")) >= 80);
    assertThat(all[0] + passes(5, "/a", "X-Tenant", "y", "X-User", "u")).isEqualTo(80);
  }

  @ParameterizedTest
  @EnumSource(
      value = Counted.class,
      names = {"EMBEDDED", "PACKED"})
  void a_request_costs_what_its_route_its_method_or_a_trusted_header_says(Counted counted)
      throws Exception {
    start(
        counted,
        """
        - { id: heavy, match: { path: /heavy }, upstream: echo, limits: [default], cost: 10 }
        - id: all
          upstream: echo
          limits: [default]
          cost: { default: 2, methods: { GET: 1, DELETE: 5 }, header: X-Cost }
        """,
        "  default: { by: [{ header: X-Client }], windows: { month: 100 } }\n",
        TRUSTING);
    assertThat(left("GET", "/heavy")).isEqualTo(90);
    assertThat(left("GET", "/")).isEqualTo(89);
    assertThat(left("HEAD", "/")).isEqualTo(88);
    assertThat(left("DELETE", "/")).isEqualTo(83);
    assertThat(left("POST", "/")).isEqualTo(81);
    assertThat(left("GET", "/", "X-Cost", "7")).isEqualTo(74);
    for (String bad : List.of("0", "-3", "+3", "1.5", "", "1e3", "10000000", "99999999999999")) {
      long before = left("GET", "/", "X-Cost", "1");
      assertThat(left("GET", "/", "X-Cost", bad)).as(bad).isEqualTo(before - 1);
    }
    long before = left("GET", "/");
    assertThat(left("GET", "/", "X-Cost", "5", "X-Cost", "1")).isEqualTo(before - 1);
    assertThat(left("GET", "/heavy", "X-Cost", "1")).isEqualTo(before - 11);
    HttpResponse<String> beyond = gateways.get("/", "X-Client", "c", "X-Cost", "1000");
    assertThat(beyond.statusCode()).isEqualTo(429);
    assertThat(beyond.headers().firstValue("Retry-After")).isEmpty(); // it never fits
    assertThat(left("GET", "/")).isEqualTo(before - 12);
  }

  private long left(String method, String path, String... headers) throws Exception {
    RunningGateway gateway = gateways.next();
    HttpRequest.Builder request =
        gateway
            .request(path)
            .method(method, HttpRequest.BodyPublishers.noBody())
            .header("X-Client", "c");
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    HttpResponse<String> response = gateway.send(request);
    assertThat(response.statusCode()).isEqualTo(200);
    return Gateways.left(response, "month");
  }

  @Test
  void a_cost_in_a_header_of_a_stranger_is_not_believed() throws Exception {
    start(
        Counted.EMBEDDED,
        "- { id: all, upstream: echo, limits: [default], cost: { default: 5, header: X-Cost } }",
        "  default: { by: [{ header: X-Client }], windows: { month: 100 } }\n");
    assertThat(left("GET", "/", "X-Cost", "1")).isEqualTo(95);
  }

  private static final String LISTS =
      """
        default: { by: [{ constant: all }], windows: { month: 1 } }
      allow:
        - 192.0.2.0/24
        - 2001:db8:1::/48
        - { header: { X-Probe: [a-secret-word, another] } }
        - { host: status.example }
      deny:
        - 192.0.2.66
        - 2001:db8:1:bad::/64
        - 198.51.100.0/24
        - { header: { User-Agent: BadBot } }
        - { host: [old.example, older.example] }
      """;

  @ParameterizedTest
  @CsvSource({
    "192.0.2.1, 200",
    "'::ffff:192.0.2.255', 200",
    "'64:ff9b::192.0.2.9', 200",
    "'2001:DB8:1:2::3', 200",
    "192.0.2.66, 403",
    "'::ffff:192.0.2.66', 403",
    "'2001:db8:1:bad:1::', 403",
    "198.51.100.7, 403",
    "192.0.3.1, 429",
    "'2001:db8:2::1', 429",
    "'192.0.2.1, 203.0.113.9', 429",
  })
  void addresses_are_let_through_or_kept_out(String forwardedFor, int status) throws Exception {
    start(Counted.EMBEDDED, ALL, LISTS, TRUSTING);
    assertThat(gateways.status("/")).isEqualTo(200); // and the limit is used up
    for (int i = 0; i < 3; i++) {
      HttpResponse<String> response = gateways.get("/", "X-Forwarded-For", forwardedFor);
      assertThat(response.statusCode()).isEqualTo(status);
      assertThat(response.headers().firstValue("RateLimit").isPresent()).isEqualTo(status == 429);
    }
  }

  @Test
  void conditions_let_through_or_keep_out() throws Exception {
    start(Counted.EMBEDDED, ALL, LISTS, TRUSTING);
    assertThat(gateways.status("/")).isEqualTo(200);
    assertThat(gateways.status("/")).isEqualTo(429);
    assertThat(gateways.status("/", "X-Probe", "another")).isEqualTo(200);
    assertThat(gateways.status("/", "X-Probe", "wrong")).isEqualTo(429);
    assertThat(gateways.status("/", "X-Probe", "another", "X-Probe", "another")).isEqualTo(429);
    HttpResponse<String> denied = gateways.get("/", "User-Agent", "BadBot", "X-Probe", "another");
    assertThat(denied.statusCode()).isEqualTo(403); // who is denied is not allowed
    assertThat(denied.body()).isEqualTo("{\"msg\":\"Forbidden\",\"code\":403}");
    String request = "GET / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n";
    RunningGateway gateway = gateways.next();
    assertThat(gateway.raw(request.formatted("Old.example:8080"))).startsWith("HTTP/1.1 403 ");
    assertThat(gateway.raw(request.formatted("older.example"))).startsWith("HTTP/1.1 403 ");
    assertThat(gateway.raw(request.formatted("status.example"))).startsWith("HTTP/1.1 200 ");
  }

  @Test
  void a_strangers_header_lets_nobody_through_and_keeps_its_sender_out() throws Exception {
    start(Counted.EMBEDDED, ALL, LISTS);
    assertThat(gateways.status("/", "X-Probe", "a-secret-word")).isEqualTo(200);
    assertThat(gateways.status("/", "X-Probe", "a-secret-word")).isEqualTo(429);
    assertThat(gateways.status("/", "X-Forwarded-For", "192.0.2.1")).isEqualTo(429);
    assertThat(gateways.status("/", "User-Agent", "BadBot")).isEqualTo(403);
  }

  @Test
  void who_is_denied_is_denied_where_there_is_no_limit_as_well() throws Exception {
    start(Counted.EMBEDDED, "- { id: free, upstream: echo }", LISTS, TRUSTING);
    assertThat(gateways.status("/")).isEqualTo(200);
    assertThat(gateways.status("/", "X-Forwarded-For", "198.51.100.1")).isEqualTo(403);
  }
}
