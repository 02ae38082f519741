package io.apitwo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.apitwo.rules.ApiKeyHash;
import io.apitwo.rules.ApiKeyText;
import io.vertx.core.http.HttpServerRequest;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each file of {@code conf/recipes} does what its first lines say. */
class RecipesTest {
  private static final Path RECIPES = Path.of("conf/recipes");
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String FROM = "X-Forwarded-For";

  @TempDir Path folder;

  /** Requests for /…/held, which wait for their answer. */
  private final LinkedBlockingQueue<HttpServerRequest> held = new LinkedBlockingQueue<>();

  private TestUpstream upstream;
  private RunningGateway gateway;
  private int run;

  @BeforeEach
  void start() throws Exception {
    upstream =
        new TestUpstream(
            request -> {
              String answer = request.getHeader("X-Answer");
              if (answer != null && answer.equals("later")) {
                held.add(request);
              } else {
                int status = answer == null ? 200 : Integer.parseInt(answer);
                request.response().setStatusCode(status).end();
              }
            });
  }

  @AfterEach
  void close() {
    if (gateway != null) {
      gateway.close();
    }
    upstream.close();
  }

  /** With this test's upstream in the place of the echo. */
  private void start(String recipe, String... replaced) throws Exception {
    String rules = Files.readString(RECIPES.resolve(recipe + ".yaml"));
    String targets = "{ targets: [http://127.0.0.1:" + upstream.port() + "] }";
    rules = rules.replace("{ builtin: echo }", targets);
    for (int i = 0; i < replaced.length; i += 2) {
      String before = rules;
      rules = rules.replaceAll(replaced[i], replaced[i + 1]);
      assertThat(rules).isNotEqualTo(before);
    }
    gateway = RunningGateway.start(folder, rules, "PROXY_TRUSTED_PROXIES", "127.0.0.1/32");
  }

  private HttpRequest.Builder request(String method, String path, String... headers) {
    HttpRequest.Builder request =
        gateway.request(path).method(method, HttpRequest.BodyPublishers.ofString("x"));
    return headers.length == 0 ? request : request.headers(headers);
  }

  private HttpResponse<String> get(String path, String... headers) throws Exception {
    return gateway.get(path, headers);
  }

  private int post(String path, String... headers) throws Exception {
    return gateway.send(request("POST", path, headers)).statusCode();
  }

  private interface Sending {
    int status() throws Exception;
  }

  /** How many of so many requests are not refused with 429. */
  private static int passes(int count, Sending sending) throws Exception {
    int passed = 0;
    for (int i = 0; i < count; i++) {
      passed += sending.status() == 429 ? 0 : 1;
    }
    return passed;
  }

  private interface Facts {
    void hold(String client) throws Exception;
  }

  /** Says them of a new client, and again of another one if a minute ended meanwhile. */
  private void withinAMinute(Facts facts) throws Exception {
    Instant minute;
    do {
      minute = Instant.now().truncatedTo(ChronoUnit.MINUTES);
      run++;
      try {
        facts.hold("10.9.8." + run);
      } catch (AssertionError e) {
        if (minute.equals(Instant.now().truncatedTo(ChronoUnit.MINUTES))) {
          throw e;
        }
      }
    } while (!minute.equals(Instant.now().truncatedTo(ChronoUnit.MINUTES)));
  }

  /** Sends requests that the upstream holds; {@code atOnce} arrive there, the next is refused. */
  private void assertAtOnce(int atOnce, HttpRequest.Builder request) throws Exception {
    List<CompletableFuture<Integer>> answers = new ArrayList<>();
    for (int i = 0; i < atOnce; i++) {
      HttpRequest one = request.copy().header("X-Answer", "later").build();
      answers.add(
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return gateway.send(HttpRequest.newBuilder(one, (n, v) -> true)).statusCode();
                } catch (Exception e) {
                  throw new AssertionError(e);
                }
              },
              work -> new Thread(work).start()));
    }
    await().atMost(PATIENCE).until(() -> held.size() == atOnce);
    assertThat(gateway.send(request.copy()).statusCode()).isEqualTo(429);
    held.forEach(one -> one.response().end());
    for (CompletableFuture<Integer> answer : answers) {
      assertThat(answer.get()).isEqualTo(200);
    }
    await().atMost(PATIENCE).until(() -> gateway.send(request.copy()).statusCode() == 200);
  }

  private static String bearer(String claims) {
    long expires = Instant.now().getEpochSecond() + 600;
    String whole =
        "{\"exp\":%d,\"iss\":\"https://login.example.com\",\"aud\":\"api\",%s}"
            .formatted(expires, claims);
    return "Bearer " + TestTokens.token("RS256", whole);
  }

  @Test
  void every_recipe_has_a_test_here_and_a_line_in_the_list() throws Exception {
    String list = Files.readString(RECIPES.resolve("README.md"));
    try (Stream<Path> files = Files.list(RECIPES)) {
      for (Path file : files.filter(each -> each.toString().endsWith(".yaml")).toList()) {
        String name = file.getFileName().toString().replace(".yaml", "");
        assertThat(list).contains("(" + name + ".yaml)");
        assertThat(getClass().getDeclaredMethods())
            .anyMatch(test -> test.getName().startsWith(name.replace('-', '_') + "_"));
      }
    }
  }

  @Test
  void public_api_counts_a_search_five_times_and_tells_what_is_left() throws Exception {
    start("public-api");
    withinAMinute(
        client -> {
          assertThat(get("/v1/search", FROM, client).statusCode()).isEqualTo(200);
          HttpResponse<String> quota = get("/v1/quota", FROM, client);
          assertThat(quota.statusCode()).isEqualTo(200);
          assertThat(Gateways.left(get("/v1/things", FROM, client), "minute")).isEqualTo(54);
          assertThat(passes(80, () -> get("/v1/things", FROM, client).statusCode()))
              .isBetween(34, 54); // of 54, as many as came within the rate of the burst
          assertThat(get("/v1/things", FROM, "10.9.9." + run).statusCode()).isEqualTo(200);
        });
  }

  @Test
  void saas_tenants_share_a_tenants_quota_and_each_user_has_a_part() throws Exception {
    Path pem = folder.resolve("login.pem");
    Files.writeString(pem, TestTokens.pem(TestTokens.pair("RSA", "own").getPublic()));
    start("saas-tenants", "jwks: \"[^\"]+\"", "pem: \"" + pem + "\"");
    assertThat(get("/v1/things").statusCode()).isEqualTo(401);
    assertThat(get("/v1/things", "Authorization", "Bearer x.y.z").statusCode()).isEqualTo(401);
    withinAMinute(
        client -> {
          String first = bearer("\"tenant_id\":\"t%s\",\"sub\":\"a\"".formatted(client));
          String second = bearer("\"tenant_id\":\"t%s\",\"sub\":\"b\"".formatted(client));
          assertThat(passes(130, () -> get("/x", "Authorization", first).statusCode()))
              .isEqualTo(120);
          HttpResponse<String> other = get("/x", "Authorization", second);
          assertThat(Gateways.left(other, "user.minute")).isEqualTo(119);
          assertThat(Gateways.left(other, "tenant.minute")).isEqualTo(600 - 120 - 1);
        });
    String acme = bearer("\"tenant_id\":\"acme\",\"sub\":\"a\"");
    assertThat(get("/x", "Authorization", acme).headers().firstValue("RateLimit-Policy").get())
        .contains("\"tenant.minute\";q=6000;w=60");
    String busy = bearer("\"tenant_id\":\"busy\",\"sub\":\"a\"");
    assertAtOnce(2, request("POST", "/v1/exports/1", "Authorization", busy));
  }

  @Test
  void service_mesh_knows_callers_and_bounds_what_a_service_has_at_once() throws Exception {
    start("service-mesh");
    assertThat(get("/orders/1").statusCode()).isEqualTo(401);
    HttpResponse<String> caller = get("/orders/1", "X-Service", "basket");
    assertThat(caller.headers().firstValue("RateLimit-Policy").get())
        .contains("\"caller.token-bucket\";q=200");
    HttpResponse<String> nightly = get("/stock/1", "X-Service", "nightly-report");
    assertThat(nightly.headers().firstValue("RateLimit-Policy").get())
        .contains("\"caller.token-bucket\";q=10;");
    assertAtOnce(16, request("GET", "/stock/1", "X-Service", "basket"));
    HttpResponse<String> health = get("/stock/1", "X-Service", "health-checker");
    assertThat(health.headers().firstValue("RateLimit-Policy")).isEmpty();
  }

  private int login(String client, String account, String answer) throws Exception {
    return gateway
        .send(
            gateway
                .request("/login")
                .headers(
                    FROM,
                    client,
                    "X-Answer",
                    answer,
                    "Content-Type",
                    "application/x-www-form-urlencoded")
                .POST(HttpRequest.BodyPublishers.ofString("username=" + account + "&password=p")))
        .statusCode();
  }

  @Test
  void login_counts_failures_by_account_and_by_address() throws Exception {
    start("login");
    withinAMinute(
        client -> {
          for (int i = 0; i < 30; i++) {
            assertThat(login(client, "careful" + run, "200")).isEqualTo(200);
          }
          String[] from = {""};
          int spread = // one account from many addresses
              passes(
                  9,
                  () -> {
                    from[0] += "1";
                    return login("10.1." + run + "." + from[0].length(), "target" + run, "401");
                  });
          assertThat(spread).isEqualTo(5);
          int[] account = {0};
          int guessing = // many accounts from one address
              passes(30, () -> login("10.2.0." + run, "a" + run + "-" + account[0]++, "401"));
          assertThat(guessing).isEqualTo(20);
          HttpResponse<String> refused =
              gateway.send(
                  gateway
                      .request("/login")
                      .headers(FROM, client, "Content-Type", "application/json")
                      .POST(
                          HttpRequest.BodyPublishers.ofString(
                              "{\"username\":\"target" + run + "\"}")));
          assertThat(refused.body())
              .isEqualTo("{\"error\":\"too many attempts, try again later\"}");
          assertThat(refused.headers().firstValue("RateLimit")).isEmpty();
        });
  }

  @Test
  void flash_sale_sells_each_piece_once_and_takes_few_at_the_checkout_at_once() throws Exception {
    start("flash-sale", "day: 500", "month: 60", "max: 50", "max: 4");
    int[] customer = {0};
    Sending order = () -> post("/sale/orders", "Cookie", "session=c" + customer[0]++);
    for (int i = 0; i < 20; i++) { // what comes to nothing leaves its piece
      assertThat(post("/sale/orders", "Cookie", "session=f" + i, "X-Answer", "409")).isEqualTo(409);
    }
    assertAtOnce(4, request("POST", "/sale/orders", "Cookie", "session=x"));
    int[] sold = {5};
    await()
        .atMost(PATIENCE)
        .until(
            () -> {
              sold[0] += passes(60, order);
              return sold[0] >= 60;
            });
    assertThat(sold[0]).isEqualTo(60);
    HttpResponse<String> none =
        gateway.send(request("POST", "/sale/orders", "Cookie", "session=z"));
    assertThat(none.body()).isEqualTo("{\"error\":\"sold out\"}");
    assertThat(passes(12, () -> get("/", "Cookie", "session=y").statusCode())).isBetween(5, 7);
  }

  private static String hash(ApiKeyText key) {
    return "hash: \"" + ApiKeyHash.of(key, new SecureRandom()) + "\"";
  }

  @Test
  void iot_devices_have_a_rate_each_and_need_their_fleets_key() throws Exception {
    ApiKeyText key = ApiKeyText.random(new SecureRandom());
    start("iot", "hash: \"[^\"]+\"", hash(key), "minute: 60", "minute: 6");
    assertThat(post("/devices/a/telemetry")).isEqualTo(401);
    assertThat(post("/devices/a/telemetry", "X-Device-Key", "made-up")).isEqualTo(401);
    withinAMinute(
        client -> {
          Sending mad = () -> post("/devices/" + client + "/telemetry", "X-Device-Key", key.text());
          assertThat(passes(20, mad)).isEqualTo(6);
          String good = "/devices/good" + run + "/telemetry";
          assertThat(post(good, "X-Device-Key", key.text())).isEqualTo(200);
        });
  }

  @Test
  void freemium_gives_each_key_its_plan_and_those_without_one_the_free_tier() throws Exception {
    ApiKeyText pro = ApiKeyText.random(new SecureRandom());
    ApiKeyText enterprise = ApiKeyText.random(new SecureRandom());
    start(
        "freemium",
        "hash: \"[^\"]+\", consumer: acme",
        hash(pro) + ", consumer: acme",
        "hash: \"[^\"]+\", consumer: globex",
        hash(enterprise) + ", consumer: globex");
    withinAMinute(
        client -> assertThat(passes(20, () -> get("/", FROM, client).statusCode())).isEqualTo(10));
    assertThat(get("/", "X-Api-Key", pro.text()).headers().firstValue("RateLimit-Policy").get())
        .contains("q=100;w=60");
    assertThat(
            get("/", "X-Api-Key", enterprise.text()).headers().firstValue("RateLimit-Policy").get())
        .contains("q=2000;w=60");
    assertThat(get("/quota", "X-Api-Key", pro.text()).body()).contains("\"plan\":\"pro\"");
  }

  @Test
  void webhooks_do_not_pay_for_what_the_receiver_failed_on() throws Exception {
    start("webhooks", "minute: 120", "minute: 12", "max: 20", "max: 6");
    withinAMinute(
        client -> {
          String hook = "/hooks/pay/" + client;
          for (int i = 0; i < 20; i++) {
            assertThat(post(hook, FROM, client, "X-Answer", "500")).isEqualTo(500);
          }
          assertThat(passes(20, () -> post(hook, FROM, client))).isEqualTo(12);
          assertThat(post("/hooks/pay/other" + run, FROM, client)).isEqualTo(200);
        });
    assertAtOnce(6, request("POST", "/hooks/slow/one", FROM, "10.7.7.7"));
  }
}
