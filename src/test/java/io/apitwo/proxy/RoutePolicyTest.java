package io.apitwo.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.apitwo.limit.Charge;
import io.apitwo.limit.Decision;
import io.apitwo.limit.Receipt;
import io.apitwo.limit.Standing;
import io.apitwo.limit.Subject;
import io.apitwo.rules.InvalidDocumentException;
import io.apitwo.rules.Route;
import io.apitwo.rules.RulesDocument;
import io.vertx.core.MultiMap;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A day, tokens and requests in flight, in this order of buckets: day, tokens, concurrency. */
class RoutePolicyTest {
  private static final String DAY = "windows: { day: 100 }";
  private static final String TOKENS = "algorithm: token-bucket, rate: 10/s, burst: 25";
  private static final String MIXED =
      """
      days: { by: [address], %s, headers: { xRateLimit: true } }
      default: { by: [address], %s, headers: { xRateLimit: true } }
      flight: { by: [address], algorithm: concurrency, max: 3, headers: { xRateLimit: true } }
      """
          .formatted(DAY, TOKENS);

  private static Route route(String limits) {
    String names = limits.replaceAll("(?m):.*$", "").strip().replace("\n", ", ");
    String text =
        """
        upstreams: { echo: { builtin: echo } }
        routes: [{ id: all, upstream: echo, limits: [%s] }]
        limits:
        %s
        """
            .formatted(names, limits.indent(2));
    try {
      return RulesDocument.parse("rules.yaml", text, name -> null).routes().get(0);
    } catch (InvalidDocumentException e) {
      throw new AssertionError(e);
    }
  }

  private static Route mixed() {
    return route(MIXED);
  }

  private static Charge charge(Route route) {
    return new Charge(
        route.limits().stream().map(each -> new Subject(each.limit(), "c")).toList(), 1);
  }

  private static Decision decision(
      Route route, boolean allowed, long[] left, long[] reset, long[] retry) {
    Receipt receipt = new Receipt(1, new long[left.length], new long[left.length]);
    Standing standing = new Standing(left, reset, retry, 0, 0, receipt);
    return new Decision(charge(route), allowed, standing, 0, 0);
  }

  private static MultiMap headers(Route route, Decision decision) {
    MultiMap headers = MultiMap.caseInsensitiveMultiMap();
    new RoutePolicy(route.limits(), charge(route)).addHeaders(decision, headers);
    return headers;
  }

  @Test
  void every_algorithm_has_its_own_policy() {
    Decision decision =
        decision(mixed(), true, new long[] {40, 7, 2}, new long[] {5_500, 1_800, 0}, new long[3]);
    MultiMap headers = headers(mixed(), decision);
    assertThat(headers.get("RateLimit-Policy"))
        .isEqualTo(
            "\"days.day\";q=100;w=86400, \"token-bucket\";q=25;w=3,"
                + " \"flight.concurrency\";q=3;qu=\"concurrent-requests\"");
    assertThat(headers.get("RateLimit"))
        .isEqualTo("\"days.day\";r=40;t=6, \"token-bucket\";r=7;t=2, \"flight.concurrency\";r=2");
    assertThat(headers.get("X-RateLimit-Limit")).isEqualTo("3");
    assertThat(headers.get("X-RateLimit-Remaining")).isEqualTo("2");
    assertThat(headers.get("X-RateLimit-Reset")).isEqualTo("1");
  }

  @Test
  void a_default_limit_has_the_word_alone() {
    Route tokens = route("default: { by: [address], " + TOKENS + " }");
    Decision decision = decision(tokens, true, new long[] {7}, new long[] {1_800}, new long[1]);
    assertThat(headers(tokens, decision).get("RateLimit")).isEqualTo("\"token-bucket\";r=7;t=2");
  }

  @ParameterizedTest
  @CsvSource({
    // left of each: word, seconds to wait
    "0, 0, 0, token-bucket, 61", "0, 0, 1, token-bucket, 61", "0, 1, 0, day, 61",
    "1, 0, 0, token-bucket, 1", "1, 1, 0, concurrency, 1", "1, 0, 1, token-bucket, 1",
  })
  void a_refusal_names_what_is_full_again_soonest_and_waits_for_the_last(
      long day, long tokens, long flight, String word, long seconds) {
    RoutePolicy policy = new RoutePolicy(mixed().limits(), charge(mixed()));
    Decision refused =
        decision(
            mixed(),
            false,
            new long[] {day, tokens, flight},
            new long[] {60_001, 2_500, 0},
            new long[] {60_001, 80, 0});
    assertThat(policy.violatedWord(refused)).isEqualTo(word);
    assertThat(policy.retryAfterSeconds(refused)).isEqualTo(seconds);
  }

  @ParameterizedTest
  @CsvSource({"0, 61", "998, 61", "999, 61", "1000, 62", "5000, 66"})
  void a_jitter_adds_to_the_wait_and_takes_nothing_from_it(long drawn, long seconds) {
    Route route = route("default: { by: [address], retryAfterJitter: 5s, " + DAY + " }");
    RandomGenerator random =
        new RandomGenerator() {
          @Override
          public long nextLong() {
            return drawn;
          }

          @Override
          public long nextLong(long bound) {
            assertThat(bound).isEqualTo(5_001);
            return drawn;
          }
        };
    Decision refused =
        decision(route, false, new long[1], new long[] {60_001}, new long[] {60_001});
    assertThat(new RoutePolicy(route.limits(), charge(route), random).retryAfterSeconds(refused))
        .isEqualTo(seconds);
  }

  @Test
  void of_several_limits_that_refuse_the_one_that_is_full_again_soonest_says_how() {
    Route route =
        route(
            """
            days: { by: [address], windows: { day: 9 }, refusal: { status: 402 } }
            minutes: { by: [address], windows: { minute: 9 }, refusal: { status: 503 } }
            flight: { by: [address], algorithm: concurrency, max: 3, refusal: { status: 420 } }
            """);
    RoutePolicy policy = new RoutePolicy(route.limits(), charge(route));
    Decision all = decision(route, false, new long[3], new long[] {9, 9, 0}, new long[3]);
    assertThat(policy.refusal(all).status()).isEqualTo(503);
    assertThat(policy.violatedWord(all)).isEqualTo("minute");
    Decision two = decision(route, false, new long[] {0, 1, 0}, new long[] {9, 9, 0}, new long[3]);
    assertThat(policy.refusal(two).status()).isEqualTo(402);
    Decision one = decision(route, false, new long[] {1, 1, 0}, new long[] {9, 9, 0}, new long[3]);
    assertThat(policy.refusal(one).status()).isEqualTo(420);
  }
}
